"""Damaged input by the thousand: each case ends in a user's error or a right answer, never in a crash or a hang.

Shared by a test, which makes few cases, and by `benchmarks/fuzz.py`, which makes as many as one likes.
"""
