"""Which of two sentences a language model prefers: crows_pairs, stereoset, bec_pro and the user's own pairs."""
