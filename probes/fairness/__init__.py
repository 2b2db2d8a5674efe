"""Fairness of decisions about people, and who is in the data."""
