"""WEAT, SEAT and CEAT: which words for people lie near which others in a model's vectors."""
