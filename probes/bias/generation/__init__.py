"""What a model writes when a sentence begins with a group: HONEST and BOLD, judged by words or by a classifier."""
