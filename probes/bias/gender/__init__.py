"""Occupations × sentences × pronouns: which pronoun does a language model expect beside an occupation?"""
