"""crows_pairs speaks English and Chinese: in what it finds, in the document and back from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from replay.recording import read, replay

from fairwitness.audit.probe import Findings, find
from fairwitness.audit.records import ProbeSpec, languages
from fairwitness.probes.kit.sentences.scores import CAUSAL, MASKED

RECORDINGS = Path(__file__).parents[3] / "replay" / "recordings"
CASES = sorted(path.name for path in RECORDINGS.glob("crows_pairs-*"))


def texts(spec: ProbeSpec, findings: Findings) -> Iterator[str]:
    """All that a reader sees of the probe but units, names of groups and cells."""
    yield from (spec.title, spec.question, spec.why, spec.how_to_read, *spec.limits)
    yield from (need.what for need in spec.data)
    yield from (metric.claim for metric in findings.metrics)
    yield from findings.notes
    for table in findings.evidence:
        yield from (table.caption, *(column.name for column in table.columns))


@pytest.mark.parametrize("name", CASES)
def test_every_text_is_there_in_chinese(name: str) -> None:
    findings = replay(read(RECORDINGS / name))
    seen = list(texts(find("crows_pairs").spec, findings))
    assert len(seen) > 60
    english = {text for text in seen if set(languages(text)) != {"en", "zh"}}
    assert english <= {*MASKED, *CAUSAL}  # columns that are called as a score is
    claims = [languages(metric.claim)["zh"] for metric in findings.metrics]
    assert all("{" not in claim and claim.endswith("。") for claim in claims)
