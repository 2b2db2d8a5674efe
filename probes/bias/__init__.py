"""Bias of language models and classifiers in what they expect, prefer, answer and write."""
