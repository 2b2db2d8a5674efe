"""Inferences about gender: does a classifier of inference conclude a gender that nobody named?"""
