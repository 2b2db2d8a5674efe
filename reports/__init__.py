"""The Audit document in, text out. Needs no model and no torch."""
