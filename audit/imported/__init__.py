"""Logs of other harnesses: one reader a format, and one frozen record (`record`) that all of them give."""
