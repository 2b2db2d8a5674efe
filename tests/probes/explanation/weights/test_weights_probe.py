"""The weights probe on summaries that are made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from standins.answers import silent
from standins.explanations import summary

from fairwitness.audit.internals import WeightSummary
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Undefined
from fairwitness.probes.explanation.weights.matrices import matrices_of, nearest
from fairwitness.probes.explanation.weights.probe import PROBE
from organisms import context, drive, metric, value

WHOLE = summary()


def measure(weights: WeightSummary) -> Findings:
    return drive(PROBE, context(PROBE, ["DescribeWeights"]), lambda _: weights)


def test_a_matrix_is_called_by_what_it_is_within_its_layer() -> None:
    first, second = matrices_of(WHOLE)[:2]
    assert (first.kind, first.layer) == ("embed.weight", 0)
    assert (second.kind, second.layer) == ("mlp.up.weight", 1)
    assert second.share == pytest.approx(0.5)


def test_the_most_similar_head_is_by_the_smaller_cosine_of_both_circuits() -> None:
    ov = np.array([[[1.0, 0.99, 0.2], [0.99, 1.0, 0.3], [0.2, 0.3, 1.0]]], dtype=np.float32)
    qk = np.array([[[1.0, 0.5, 0.95], [0.5, 1.0, 0.1], [0.95, 0.1, 1.0]]], dtype=np.float32)
    assert nearest(replace(WHOLE, ov=ov, qk=qk)) == pytest.approx(np.array([[0.5, 0.5, 0.2]]))


def test_a_sound_model_has_no_alarm() -> None:
    findings = measure(WHOLE)
    for name in ("not_finite_share", "dead_unit_share", "flat_matrix_share", "redundant_head_share"):
        assert value(findings, name).value == 0
    assert value(findings, "effective_rank_share").value == pytest.approx(0.5)
    evidence = {each.id: each for each in findings.evidence}
    assert evidence["alarms"].total == 0
    assert {name for each in findings.metrics for name in each.evidence} <= set(evidence)
    assert not [note for note in findings.notes if note.startswith("Alarm")]


def test_what_is_planted_is_counted_and_named() -> None:
    ranks = list(WHOLE.effective_ranks)
    ranks[1] = 1.2
    dead = list(WHOLE.dead_rows)
    dead[2] = 4
    cosines = WHOLE.ov.copy()
    cosines[1, 0, 1] = cosines[1, 1, 0] = 0.97
    planted = replace(
        WHOLE,
        effective_ranks=tuple(ranks),
        dead_rows=tuple(dead),
        ov=cosines,
        qk=cosines,
        broken=("layers.1.mlp.up.weight",),
        not_finite=(3,),
    )
    findings = measure(planted)
    assert value(findings, "flat_matrix_share").value == pytest.approx(1 / 4)
    assert value(findings, "dead_unit_share").value == pytest.approx(4 / (4 * 24))
    assert value(findings, "redundant_head_share").value == pytest.approx(2 / 6)
    assert value(findings, "not_finite_share").value == pytest.approx(3 / WHOLE.values)
    assert findings.notes[0].startswith("Alarm: 3 values")
    alarms = next(each for each in findings.evidence if each.id == "alarms")
    assert [(row[0], row[2]) for row in alarms.rows] == [
        ("layers.1.mlp.up.weight", 3),
        ("layers.0.mlp.up.weight", 1),
        ("layers.0.mlp.down.weight", 4),
    ]


def test_a_model_that_was_not_read_is_no_sound_one() -> None:
    findings = measure(replace(WHOLE, unread=("a", "b")))
    for each in findings.metrics:
        assert isinstance(each.estimate, Undefined)
        assert "2 of 7 weights" in each.estimate.reason


def test_heads_that_were_not_compared_are_said() -> None:
    none = np.zeros((0, 0, 0), dtype=np.float32)
    findings = measure(replace(WHOLE, ov=none, qk=none, heads_unread="no heads here"))
    missing = metric(findings, "redundant_head_share").estimate
    assert isinstance(missing, Undefined)
    assert "no heads here" in missing.reason
    assert "heads" not in {each.id for each in findings.evidence}
    assert len(findings.pictures) == 1


def test_a_model_whose_weights_nobody_gives_does_not_apply() -> None:
    with pytest.raises(DoesNotApply, match="no answer"):
        drive(PROBE, context(PROBE, ["DescribeWeights"]), silent)
