"""WinoBias: two occupations and a pronoun, of the gender that the stereotype expects and of the other."""
