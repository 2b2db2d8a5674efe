"""What a model says that harms or deceives, what it refuses, and whether a filter works for everybody alike."""
