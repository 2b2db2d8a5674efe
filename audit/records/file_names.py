"""Names of probes and tables as files can have them."""

from __future__ import annotations

import hashlib
import re

LONGEST = 80
"""Characters of a name that stay: file systems hold no name of more than 255, and two names can stand in one."""


def file_name(name: str) -> str:
    """A name as a file can have it; where that changes or shortens it, with a few digits of its hash.

    >>> file_name("known_texts"), file_name("a/b").startswith("a_b.")
    ('known_texts', True)
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:LONGEST]
    return (
        plain if plain == name else f"{plain}.{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    )
