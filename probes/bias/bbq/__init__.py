"""BBQ: does a model answer questions about people by stereotype, where the text does not say and where it does?"""
