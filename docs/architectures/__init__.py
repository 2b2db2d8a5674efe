"""Tiny random models of many architectures, loaded as a user's would be and compared with an unbatched reference."""
