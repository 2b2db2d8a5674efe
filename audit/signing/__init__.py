"""Runs that are signed: every file of a folder hashed, the hashes in a statement, the statement signed with Ed25519.

The statement is an in-toto test result (https://in-toto.io/Statement/v1), the envelope DSSE; both are verified offline,
here or by any other reader of these formats. A folder without `report.intoto.jsonl` is not signed.
"""

from fairwitness.audit.signing.envelope import SIGNATURE, sign
from fairwitness.audit.signing.hashes import REDACTED, REMOVABLE, Allowed
from fairwitness.audit.signing.keys import new_keys, private_key, public_key
from fairwitness.audit.signing.verification import Difference, Verification, verify

__all__ = [
    "REDACTED",
    "REMOVABLE",
    "SIGNATURE",
    "Allowed",
    "Difference",
    "Verification",
    "new_keys",
    "private_key",
    "public_key",
    "sign",
    "verify",
]
