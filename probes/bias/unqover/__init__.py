"""UnQover: whom of two people does a model name where nothing says who?"""
