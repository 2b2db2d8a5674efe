"""A model and its variants in, text out: terminal, and a self-contained page."""
