"""What a message of the command line means for whoever called from Python, as notes under it."""

from __future__ import annotations

import re

from fairwitness.audit import config as configuration
from fairwitness.audit.config import Given
from fairwitness.audit.errors import FairwitnessError, MissingOption

FLAG = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[pOso])(?![\w-])")
SHORT = {"-p": "probes", "-O": "probe", "-s": "suite", "-o": "out", "--probe": "probes", "--option": "probe"}
"""Arguments whose names are not those of their flags."""


def explain(error: FairwitnessError, given: Given | None = None) -> None:
    """Adds to an error which arguments its flags are, and where an option is missing which columns there are."""
    flags = dict.fromkeys(FLAG.findall(str(error)))
    arguments = {flag: SHORT.get(flag, flag.removeprefix("--").replace("-", "_")) for flag in flags}
    if arguments:
        named = ", ".join(f"{flag} is {name}=" for flag, name in arguments.items())
        error.add_note(f"From Python: {named}.")
    if isinstance(error, MissingOption) and given is not None:
        from fairwitness.audit.session import proposal

        if columns := proposal.seen(configuration.resolve(given)):
            error.add_note(f"Columns: {columns}.")
