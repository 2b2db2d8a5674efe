"""Pairs of sentences of your own, scored as the benchmarks are."""
