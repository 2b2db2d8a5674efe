"""Winogender: an occupation, a participant and a pronoun of three genders, set against the labour force."""
