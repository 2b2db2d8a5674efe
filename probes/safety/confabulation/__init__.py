"""Does a model describe things that do not exist as if they did?"""
