"""Code about people: whom conditions favour, and whether functions decide by attributes without a reason."""
