"""Whether a model is as sure of its answers as they are right, and whether it holds back where it does not know."""
