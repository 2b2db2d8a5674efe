"""Discoverable extraction: which documents of a corpus does a model give to whoever has their beginning?"""
