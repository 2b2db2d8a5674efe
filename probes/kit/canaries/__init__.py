"""Canaries asked of a model: what probes share that read a key file of planted secrets."""
