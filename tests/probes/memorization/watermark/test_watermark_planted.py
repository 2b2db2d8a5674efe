"""Marks that transformers plants are found in whole runs, and not with another key, in other texts or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from marked_models import KEY, OTHER_KEY, babbler, written
from standins.watermark import key_table

from fairwitness.audit.green import Seeding
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.subject import Ask
from fairwitness.probes.memorization.watermark.probe import PROBE
from organisms import context, drive_rounds, metric, table, value

pytestmark = pytest.mark.proof
COUNT = 12
NEEDS = ("ScoreGreen", "LogLikelihood", "Generate")
HUMAN = "Nobody in the village knew why the baker had left so early, and nobody asked. " * 9
LOOP = " ".join(f"w{number}" for number in (5, 9, 77, 410, 5, 1200)) + " "


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return babbler().ask(tmp_path_factory.mktemp("babbler"))


@cache
def settings(seeding: Seeding, width: int, key: int) -> Table:
    return key_table(key, seeding_scheme=seeding, context_width=width)


def audited(ask: Ask, texts: Sequence[str], marked: Sequence[str], key: Table, **options: Any) -> Findings:
    data: Mapping[str, Table] = {"watermark_texts": table("watermark_texts", {"text": texts, "marked": marked})}
    asked = context(PROBE, NEEDS, {**data, "watermark_key": key}, **{"controls": 12, "tokens": 240, **options})
    return drive_rounds(PROBE, asked, ask)


@pytest.mark.parametrize(("seeding", "width"), [("lefthash", 1), ("selfhash", 2)])
def test_marks_are_found_with_their_key_and_with_no_other(ask: Ask, seeding: Seeding, width: int) -> None:
    texts = [*written(COUNT, 1, seeding, width), *written(COUNT, 2)]
    truth = ["yes"] * COUNT + ["no"] * COUNT
    found = audited(ask, texts, truth, settings(seeding, width, KEY))
    assert value(found, "detection_rate").value == 1
    assert value(found, "unmarked_called_marked").value == 0
    assert value(found, "false_alarms").value == 0
    other = audited(ask, texts, truth, settings(seeding, width, OTHER_KEY))
    assert value(other, "detection_rate").value == 0
    assert value(other, "unmarked_called_marked").value == 0


def test_another_way_of_seeding_finds_nothing(ask: Ask) -> None:
    found = audited(ask, written(COUNT, 1, "lefthash", 1), ["yes"] * COUNT, settings("selfhash", 2, KEY))
    assert value(found, "detection_rate").value == 0


def test_texts_of_another_tokenizer_and_repetitions_are_not_judged(ask: Ask) -> None:
    found = audited(ask, [HUMAN, LOOP * 60], ["no", "no"], settings("lefthash", 1, KEY))
    assert isinstance(reason := metric(found, "unmarked_called_marked").estimate, Undefined)
    assert "1 in tokens that this tokenizer does not know" in reason.reason
    assert "1 with fewer than 100 different tokens" in reason.reason


def test_a_detector_that_counts_every_repetition_would_call_it_marked(ask: Ask) -> None:
    from fairwitness.audit.green import GreenScores, ScoreGreen
    from fairwitness.probes.memorization.watermark.marks import p_value, z_score

    loops = [" ".join(f"w{first + step}" for step in (0, 3, 8, 21)) + " " for first in range(100, 160)]
    answers = ask([ScoreGreen(loop * 60, KEY) for loop in loops])
    naive = []
    for answer in answers:
        assert isinstance(answer, GreenScores)
        naive.append(z_score(answer.green_places, answer.places, 0.25))
        assert p_value(answer.green_draws, answer.draws, 0.25) > 0.001
        assert answer.draws <= 8
    assert sum(z > 4 for z in naive) > 10


def test_a_model_that_marks_of_its_own_accord_is_no_control(ask: Ask, tmp_path: Path) -> None:
    """Its lists are those of the key: so it cannot show how often the detector is wrong."""
    marked = iter(written(12, 3, "lefthash", 1))

    def marking(requests: Any) -> Any:
        from dataclasses import replace

        from fairwitness.audit.requests import Generated

        return [
            replace(answer, text=next(marked)) if isinstance(answer, Generated) else answer for answer in ask(requests)
        ]

    found = audited(marking, written(COUNT, 1, "lefthash", 1), ["yes"] * COUNT, settings("lefthash", 1, KEY))
    assert isinstance(alarms := metric(found, "false_alarms").estimate, Estimate)
    assert alarms.value == 1
    assert isinstance(metric(found, "detection_rate").estimate, Undefined)
