"""Does a model answer what the asker thinks, or takes the asker to think?"""
