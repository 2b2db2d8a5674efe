"""Answers about pictures: do they change with the group of the person in the picture?"""
