"""Questions that a passage answers: how they are read, and how an answer is held against the right ones."""
