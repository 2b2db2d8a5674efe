"""Canaries: secrets that are made to be mixed into training data, to measure what a model keeps of them.

`formats` says which secrets there can be, `make` draws them, `key_file` keeps which of them were put in.
"""

from fairwitness.audit.canaries.formats import FORMATS, Format
from fairwitness.audit.canaries.key_file import Canary, Key, load, read_key
from fairwitness.audit.canaries.make import Plan, make, write

__all__ = ["FORMATS", "Canary", "Format", "Key", "Plan", "load", "make", "read_key", "write"]
