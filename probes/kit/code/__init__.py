"""Python code that a model writes: how it is asked for, how it is read without running it, and whether it can code."""
