"""Terms of groups × attributes × sentences: which group does a language model expect beside unfavourable words?"""
