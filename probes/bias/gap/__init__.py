"""GAP: Wikipedia texts with two names of one gender and a pronoun; are women found as often as men?"""
