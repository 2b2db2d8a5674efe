"""Means, shares and slopes of values that share two crossed factors, such as occupations and sentence families."""
