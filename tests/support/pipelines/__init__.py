"""Pipelines as their runners would run them, on this machine and without a network."""
