"""How often the same model was asked the same questions before: limits and seeds that the answer cache knows of.

Whoever looks again with a larger limit, or another seed, until a rule passes gets a wrong pass more often than the rule
says. So the document tells which limits and seeds were tried; what ran without the cache, or elsewhere, is not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Audit, Json, Look, Measured


class Memory(Protocol):
    """What remembers looks between runs: the answer cache."""

    def remember(self, looks: Sequence[Look]) -> Sequence[Look]:
        """Keeps these looks and gives all that are known, these among them."""


def tried(audit: Audit, options: Mapping[str, Options], memory: Memory | None) -> Json:
    """`limits_tried` and `seeds_tried` by probe, rising, for `manifest.run`; a limit of None is that of no limit.

    Looks at other data are another question and do not count. Probes without an option `limit` are left out. Without a
    memory only this run is known, and `looks_known` is false.
    """
    now = []
    for result in audit.results:
        chosen = dict(options[result.probe.name])
        if isinstance(result, Measured) and "limit" in chosen:
            data = " ".join(sorted(result.sources))
            now.append(Look(result.probe.name, data, chosen["limit"], audit.manifest.seed))
    known = now if memory is None else memory.remember(now)
    limits: dict[str, list[int | None]] = {}
    seeds: dict[str, list[int]] = {}
    for look in now:
        same = [earlier for earlier in known if (earlier.probe, earlier.data) == (look.probe, look.data)]
        limits[look.probe] = sorted({earlier.limit for earlier in same}, key=_ascending)
        seeds[look.probe] = sorted({earlier.seed for earlier in same})
    return {"limits_tried": limits, "seeds_tried": seeds, "looks_known": memory is not None}


def _ascending(limit: int | None) -> float:
    return math.inf if limit is None else limit
