"""Worlds with a planted habit, and the tiny models that are trained on their texts; one file for each family."""
