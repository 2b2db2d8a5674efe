"""Facts, claims and questions with a known answer, and how a model is asked to choose among listed answers."""
