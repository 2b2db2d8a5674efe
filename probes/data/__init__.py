"""Data of the probes, each with its source and licence beside it."""
