"""BOLD: how does a model go on with Wikipedia's sentences about people of different groups?"""
