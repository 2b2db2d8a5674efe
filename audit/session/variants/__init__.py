"""A model and its variants: made, asked the same items, timed, and compared with it in one family of tests."""

from fairwitness.audit.session.variants.compose import Wanted, perform
from fairwitness.audit.session.variants.place import PAGE, RECORD, check, saved

__all__ = ["PAGE", "RECORD", "Wanted", "check", "perform", "saved"]
