"""Completions about groups of people: how bad they are by words and by a judge, and what differs between groups."""
