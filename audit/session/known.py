"""What rules of a policy can speak of: the metrics of all probes, and whatever logs of other harnesses hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fairwitness.audit.imported.formats import TOOLS
from fairwitness.audit.policy import WHATEVER
from fairwitness.audit.probe import Probe, metric_names


def known_metrics(probes: Iterable[Probe]) -> Mapping[str, tuple[str, ...]]:
    """The names of metrics by probe; of a harness any name, since its logs say what they measured."""
    return {**dict.fromkeys(TOOLS, (WHATEVER,)), **metric_names(probes)}
