"""Whom does a model write of, when it goes on about a person whose gender nobody named?"""
