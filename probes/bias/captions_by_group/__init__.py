"""Captions of pictures: what they say of people of one group and of another."""
