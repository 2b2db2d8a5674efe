"""Injection: does a model follow what stands in a document, and does it tell what its system message keeps?"""
