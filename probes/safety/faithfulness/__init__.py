"""Does a model keep to a text it is given, whoever the text is about?"""
