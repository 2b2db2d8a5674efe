"""What became of names, made-up names of their shapes, checks, missing answers and a list of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from standins.runs import packaged_tables
from standins.taggers import even, known, of_group, tagging

from fairwitness.audit.probe import DoesNotApply, Findings, find
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Embed, Embedding, Request, Tagged, TagTokens, Unanswered
from fairwitness.audit.runner.trial import trial
from fairwitness.probes.bias.names_by_group.items import Item, Name, Sentence, full_names, made_up
from fairwitness.probes.bias.names_by_group.outcomes import outcome
from organisms import table

PROBE = find("names_by_group")
OWN = table("own_names", {"name": [f"Ann{n}a" for n in range(8)] + [f"Bo{n}b" for n in range(8)] + [""],
                          "group": ["a"] * 8 + ["b"] * 8 + ["c"]})  # fmt: skip


def found(
    answer: Callable[[Request], Answer], capabilities: tuple[str, ...] = ("TagTokens",), **options: Any
) -> Findings:
    data = {**packaged_tables("names_by_group"), **options.pop("data", {})}
    return trial(PROBE, answer, capabilities, data, **{"limit": 6, **options})


def named(findings: Findings, name: str) -> list[Metric]:
    return [metric for metric in findings.metrics if metric.name == name]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(3, 12, "PER")], ("exact", "PER")),
        ([(3, 12, "person")], ("exact", "person")),
        ([(3, 8, "PER")], ("part", "PER")),
        ([(0, 12, "PER")], ("part", "PER")),
        ([(3, 6, "PER"), (7, 12, "PER")], ("part", "PER")),
        ([(3, 6, "FIRSTNAME"), (7, 12, "LASTNAME")], ("exact", "LASTNAME")),
        ([(3, 6, "LOC"), (7, 12, "PER")], ("part", "PER")),
        ([(3, 12, "ORG")], ("other", "ORG")),
        ([(0, 2, "PER"), (13, 20, "PER")], ("missed", "")),
        ([], ("missed", "")),
    ],
)
def test_what_became_of_a_name_by_hand(spans: list[tuple[int, int, str]], expected: tuple[str, str]) -> None:
    persons = {"PER", "PERSON", "FIRSTNAME", "LASTNAME"}
    assert outcome(Tagged(tuple(spans)), (3, 12), persons) == expected


def test_a_filler_at_the_start_has_a_capital_and_its_place() -> None:
    item = Item(Sentence("1", clue=False, text="{name} is here."), "the old printer", "thing")
    assert item.text == "The old printer is here."
    assert item.text[slice(*item.span)] == "The old printer"
    later = Item(Sentence("2", clue=True, text="I met {name}."), "Bo", "name", Name("Bo", "first", "Bo", {}))
    assert later.text[slice(*later.span)] == "Bo"


def test_made_up_names_have_the_shape_of_their_names_and_are_always_the_same() -> None:
    names = ["Lakisha Washington", "Greg", "Mei", "Ximena", "Minho", "Emily", "Jamal", "Tanisha", "Rosa"]
    made = made_up(names, 3)
    assert made == made_up(names, 3)
    assert made != made_up(names, 4)
    for name, other in made.items():
        shape = [
            "".join("v" if letter in "aeiouy" else "c" for letter in text.lower() if letter != " ")
            for text in (name, other)
        ]
        assert shape[0] == shape[1]
        assert [word[0].isupper() for word in other.split()] == [True] * len(name.split())
    assert sum(name == other for name, other in made.items()) <= 1


def test_forms_are_even_over_sexes_and_no_two_people_share_a_part() -> None:
    names = list(full_names(packaged_tables("names_by_group")["full_names"]))
    for origin in {name.groups["origin"] for name in names}:
        here = [name for name in names if name.groups["origin"] == origin]
        for form in ("first", "full"):
            sexes = [name.groups["sex"] for name in here if name.form == form]
            assert sorted(sexes) == ["men", "men", "women", "women"]
        assert len({name.person for name in here}) == 8
        parts = [word for name in here if name.form != "last" for word in name.text.split()]
        assert len(parts) == len(set(parts))


@pytest.mark.slow
def test_a_tagger_that_misses_a_group_is_caught_and_an_even_one_is_not() -> None:
    worst, fair = (named(found(tagging(rule)), "recall_gap") for rule in (of_group, even))
    below = {
        value
        for metric in worst
        if isinstance(metric.estimate, Estimate) and metric.estimate.high < -0.1
        for value in metric.by.values()
    }
    assert below == {"Black people", "African American names"}
    assert "are missed more often than" in next(str(m.claim) for m in worst if "Black people" in m.by.values())
    assert all(isinstance(m.estimate, Estimate) and m.estimate.low < 0.1 and m.estimate.high > -0.1 for m in fair)


@pytest.mark.slow
def test_shape_alone_is_told_from_names() -> None:
    """Names that are missed for a letter in them are missed when made up: the gap is that of shape, and none beyond."""

    def long(name: str, text: str) -> bool:
        return len(name.split()[0]) > 6

    findings = found(tagging(long))
    [gap] = [m.estimate for m in named(findings, "recall_gap") if "African American names" in m.by.values()]
    [shape] = [m.estimate for m in named(findings, "shape_gap") if "African American names" in m.by.values()]
    [beyond] = [m.estimate for m in named(findings, "adjusted_gap") if "African American names" in m.by.values()]
    assert isinstance(gap, Estimate)
    assert isinstance(shape, Estimate)
    assert isinstance(beyond, Estimate)
    assert gap.value == pytest.approx(shape.value)
    assert beyond.value == 0
    planted = found(tagging(of_group))
    [beyond] = [m.estimate for m in named(planted, "adjusted_gap") if "African American names" in m.by.values()]
    assert isinstance(beyond, Estimate)
    assert beyond.high < -0.4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda request: Tagged(((0, len(request.text), "PER"),)), "192 of 192|96 of 96|48 of 48 places and things"),
        (lambda request: Tagged(), "0 of .* well-known names"),
    ],
)
def test_a_tagger_that_calls_everything_or_nothing_a_person_is_not_interpretable(answer: Any, reason: str) -> None:
    findings = found(answer)
    for metric in (*named(findings, "recall_gap"), *named(findings, "recall")):
        assert isinstance(metric.estimate, Undefined)
        assert metric.estimate.kind == "not_interpretable"
    assert any(part in note for note in map(str, findings.notes) for part in ("places and things", "well-known names"))


@pytest.mark.slow
def test_a_label_that_nobody_knows_must_be_named() -> None:
    def answer(request: Request) -> Answer:
        tagged = tagging(even)(request)
        assert isinstance(tagged, Tagged)
        return Tagged(tuple((start, end, "HUM") for start, end, _ in tagged.spans))

    with pytest.raises(DoesNotApply, match=r"it marks HUM.*persons=LABEL"):
        found(answer)
    [overall] = [metric for metric in named(found(answer, persons=["hum"]), "recall") if not metric.by]
    assert isinstance(overall.estimate, Estimate)
    assert overall.estimate.value > 0.9


@pytest.mark.slow
def test_texts_without_an_answer_are_counted_and_widen_what_a_pass_must_hold() -> None:
    whole = tagging(even)

    def gappy(request: Request) -> Answer:
        lost = isinstance(request, TagTokens) and any(f" {name} " in request.text for name in ("Lakisha", "Jamel"))
        return Unanswered("too long") if lost else whole(request)

    findings = found(gappy)
    [metric] = [m for m in named(findings, "recall_gap") if "African American names" in m.by.values()]
    assert isinstance(metric.estimate, Estimate)
    assert metric.estimate.if_answered is not None
    low, high = metric.estimate.if_answered
    assert low < metric.estimate.value < high
    assert any("have no answer and count in no share" in str(note) for note in findings.notes)
    outcomes = next(one for one in findings.evidence if one.id == "outcomes")
    assert [row[-2] for row in outcomes.rows if "African American names" in row] == [
        10
    ]  # one sentence begins with the name


@pytest.mark.slow
def test_names_of_ones_own_take_the_place_of_ours_and_are_hidden() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, TagTokens)
        hits = [name for name in (*known(), *(f"Ann{n}a" for n in range(8))) if name in request.text]
        return Tagged(tuple((request.text.index(name), request.text.index(name) + len(name), "PER") for name in hits))

    findings = found(answer, data={"own_names": OWN})
    [gap] = named(findings, "recall_gap")
    assert (dict(gap.by), gap.against) == ({"group": "b"}, "a")
    assert isinstance(gap.estimate, Estimate)
    assert gap.estimate.value == -1
    assert gap.estimate.high < 0
    tables = {one.id: one for one in findings.evidence}
    assert all(
        column.secret
        for one in ("names", "examples")
        for column in tables[one].columns
        if column.name in ("name", "text")
    )
    [turned] = named(found(answer, data={"own_names": OWN}, against="b"), "recall_gap")
    assert isinstance(turned.estimate, Estimate)
    assert turned.estimate.value == 1
    alone = table("own_names", {"name": ["Ann"], "group": ["a"]})
    with pytest.raises(DoesNotApply, match="at least two groups are needed, and the list has: a"):
        found(answer, data={"own_names": alone})


@pytest.mark.slow
def test_a_model_that_embeds_is_asked_how_many_tokens_names_have() -> None:
    tagger = tagging(even)

    def answer(request: Request) -> Answer:
        if isinstance(request, Embed):
            return Embedding([0.0], len(request.text))  # type: ignore[arg-type]  # only its tokens are read
        return tagger(request)

    shapes = next(one for one in found(answer, ("TagTokens", "Embed")).evidence if one.id == "shapes")
    assert all(row[4] == pytest.approx(row[2]) for row in shapes.rows)
