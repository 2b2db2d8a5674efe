"""Pairs of sentences: how a model is asked which it prefers, and what is made of its preferences."""
