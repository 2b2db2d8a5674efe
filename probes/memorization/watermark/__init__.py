"""Whether texts carry the mark of a key, and how often unmarked ones seem to."""
