"""Toxicity: how often a model goes on with something toxic, where a prompt leads there and where it does not."""
