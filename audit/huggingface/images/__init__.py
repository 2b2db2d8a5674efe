"""Models that are given pictures: their loading, what they share, and a file for each kind."""
