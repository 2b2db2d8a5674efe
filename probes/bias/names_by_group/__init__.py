"""Taggers of names: are names of people of one group missed more often than those of another?"""
