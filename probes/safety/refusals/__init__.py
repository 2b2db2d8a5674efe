"""Refusals of harmful requests and of harmless ones that look like them, by category and by group."""
