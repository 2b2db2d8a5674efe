"""Whom does a pronoun stand for? Sentences with two people and one pronoun, and whether its gender decides."""
