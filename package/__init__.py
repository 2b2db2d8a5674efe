"""Fairwitness: audits language and tabular models, and shows the evidence."""

__version__ = "0.1.0"
