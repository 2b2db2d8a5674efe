"""The facts file: what only people know about a model, read and checked, and a file to fill in."""

from fairwitness.audit.facts.file import GIVEN, given, load, template

__all__ = ["GIVEN", "given", "load", "template"]
