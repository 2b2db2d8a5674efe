"""What probes of memorization share: texts in windows, what one pass says of them, and how long unseen ones run."""
