"""HONEST: how often is a sentence about a person of a group completed with a hurtful word?"""
