"""Attention maps in numbers: where a transformer's heads look, and how much they look at words for people."""
