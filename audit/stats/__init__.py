"""Intervals, tests and their corrections: pure numpy and scipy."""
