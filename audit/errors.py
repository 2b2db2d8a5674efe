"""What can go wrong that a person can mend. Anything else that is raised is a bug.

FairwitnessError
├── UsageError (exit code 2): wrong before the first model call
│   ├── UnknownModel, NoWeights, WrongTask, UnfitModel, UnfitObject, UnfitEndpoint, UnsafeModel, MissingExtra
│   ├── UnknownProbe, BadOption (MissingOption), BadConfig, BadPolicy, BadFacts
│   └── BadData, BadRun, BadKey, UnknownTable
└── RunError (exit code 3): work began and could not end
    ├── CorruptModel
    ├── LostEndpoint
    └── CannotWrite
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class FairwitnessError(Exception):
    """A mistake that one clear message can explain: what was wrong, what we got, what to do."""

    exit_code: ClassVar[int] = 2
    hints: tuple[str, ...] = ()
    """Lines to print under the message, each as it is: a command to paste among them."""


class UsageError(FairwitnessError):
    """Wrong before the first model call."""


class UnknownModel(UsageError):
    """The model spec names nothing that can be found."""


class NoWeights(UsageError):
    """The folder or package exists and holds no weights that may be read."""


class WrongTask(UsageError):
    """The checkpoint cannot do the task that was asked for or found."""


class UnfitModel(UsageError):
    """The model was loaded and tried, and its answers would not be those of the model that its files describe."""


class UnfitObject(UsageError):
    """An object in memory that cannot be audited as it was given; the message says how to give it."""


class UnfitEndpoint(UsageError):
    """An endpoint that cannot be reached, refuses us or gives nothing that can be read, before it was asked."""


class UnsafeModel(UsageError):
    """Loading would run foreign code (pickle, remote code) without the flag that allows it."""


class MissingExtra(UsageError):
    """An optional library is absent; the message says what to install."""


class UnknownProbe(UsageError):
    """No probe or suite of that name."""


class BadOption(UsageError):
    """An option that does not exist or does not fit its schema."""


class MissingOption(BadOption):
    """An option that must be named and was not: whoever shows the message may say what could be named."""


class BadConfig(UsageError):
    """A configuration file that cannot be read or has unknown keys."""


class BadPolicy(UsageError):
    """A policy file that cannot be read, has unknown keys or an incomplete waiver."""


class BadFacts(UsageError):
    """A facts file that cannot be read, has unknown keys, or keys that say nothing."""


class BadData(UsageError):
    """A data file that cannot be found, read or understood."""


class BadRun(UsageError):
    """A folder that is no Fairwitness run, or a document of another major version."""


class BadKey(UsageError):
    """A key file that cannot be read, is open to others or holds another kind of key."""


class UnknownTable(UsageError):
    """No table of that name in a report."""


class RunError(FairwitnessError):
    """Work began and could not end."""

    exit_code: ClassVar[int] = 3


class CorruptModel(RunError):
    """Weights that were found and cannot be loaded."""


class LostEndpoint(RunError):
    """An endpoint that stopped answering, or became another model, while it was asked; its answers so far are kept."""


class CannotWrite(RunError):
    """The disk is full or the folder cannot be written."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A did-you-mean clause for a message, or an empty string when nothing is close."""
    close = closest(name, known)
    return f"; did you mean {close!r}?" if close else ""


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is nearest to a name, or an empty string when nothing is close."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


LONGEST = 100
"""Characters of a wrong value that a message repeats."""


def shortened(value: object) -> str:
    """A value as a message repeats it, in one line: cut where it is long, tables and arrays by their size alone."""
    if isinstance(shape := getattr(value, "shape", None), tuple) and shape:
        return f"a {type(value).__name__} of {' × '.join(f'{size:,}' for size in shape)} values"
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def separated(columns: Iterable[str]) -> str:
    """A clause for a message about a missing column, where the one column there looks like several."""
    names = list(columns)
    separator = next((sign for sign in SEPARATORS if len(names) == 1 and sign in names[0]), "")
    if not separator:
        return ""
    other = ", or give the file the suffix .tsv" if separator == "\t" else ""
    return f"; the file seems to be separated by {SEPARATORS[separator]}: save it with commas{other}"


def twice_named(column: str) -> str:
    """What is wrong where a file has two columns of one name and one of them is asked for."""
    return f"column {column!r} occurs twice, and nothing says which one is meant: give them two names"
