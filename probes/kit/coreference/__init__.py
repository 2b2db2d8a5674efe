"""Whom a pronoun means: questions of coreference in pairs that differ in the gender of the pronoun alone."""
