"""Question answerers: are answers right less often where the person of a passage has a name of one group?"""
