"""The door to transformers and torch: loads a model and answers requests with it."""
