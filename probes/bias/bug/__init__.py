"""BUG: sentences of real texts; does a pronoun come easier where it fits what the profession stands for?"""
