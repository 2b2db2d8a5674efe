"""What a run is given as objects in place of names and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fairwitness.audit.policy import Policy
from fairwitness.audit.probe import Probe
from fairwitness.audit.records import Facts, PolicyInfo, Table
from fairwitness.audit.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """Objects of a run. Its settings hold the names that they are shown by."""

    subject: Subject | None = None
    """The model, ready to be asked."""
    probes: Mapping[str, Probe] = field(default_factory=dict)
    """Probes that are not installed, by name."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Data, by the name that stands in the settings in place of a file."""
    policy: tuple[Policy, PolicyInfo] | None = None
    """The policy, where no file holds it."""
    facts: Facts | None = None
    """The facts, where no file holds them."""
    repeats: str = ""
    """The line that repeats the run, where no command line does."""


NOTHING = InMemory()
"""A run whose every part has a name."""
