"""Question answerers: are they less sure, or silent, where a passage does not answer the question?"""
