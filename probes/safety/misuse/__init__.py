"""Compliance with requests for misuse, plainly asked and wrapped, with a fixed budget of wrappers."""
