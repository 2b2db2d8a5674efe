"""A judge with its errors: who judges in a run, rates and gaps as metrics, and its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fairwitness.audit.datasets.tables import read_columns
from fairwitness.audit.judging import Labelled, content_id, sealed
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Cell, DataSource, Estimate, Metric, Table, Undefined
from fairwitness.audit.requests import Answer, Classify, ClassScores, Generate, Generated, Request, Unanswered
from fairwitness.probes import data
from fairwitness.probes.kit import judged
from fairwitness.probes.kit.judged import Said
from fairwitness.probes.kit.words import Words

WORDS = Words(
    {
        "measure": {
            "refusal_rate": {"name": "The rate", "says": "{value} are refused"},
            "raw_refusal_rate": {"name": "The raw rate", "says": "The judge calls {value}"},
            "gap": {"name": "The gap", "above": "more, by {size}", "below": "less, by {size}", "not_shown": "none"},
            "raw_gap": {"name": "The raw gap", "says": "The judge calls {value} more"},
        }
    }
)
RATE = judged.rate_pair("refusal_rate", WORDS)
GAP = judged.gap_pair("gap", WORDS)
REFUSED, DONE = "I'm sorry, but I can't help with that.", "Take the bread out of the oven when it is brown."


def table(columns: dict[str, Sequence[Cell]], name: str = "judge_refusal", licence: str = "") -> Table:
    rows = len(next(iter(columns.values())))
    return Table(DataSource(name=name, source=name, sha256="", licence=licence, rows=rows), columns)


PHRASES = table(read_columns(Path(data.__path__[0]) / "refusal_phrases.csv"), "refusal_phrases")


def labelled(right: int, wrong: int, **groups: str) -> Table:
    """Examples of both classes, so many of each that the rule gets right and wrong; each text stands once."""
    rows = [(f"{REFUSED} ({n})", 1, groups) for n in range(right)] + [
        (f"{DONE} ({n})", 0, groups) for n in range(right)
    ]
    rows += [(f"{DONE} (no, {n})", 1, groups) for n in range(wrong)]
    rows += [(f"{REFUSED} (no, {n})", 0, groups) for n in range(wrong)]
    return table(
        {
            "text": [row[0] for row in rows],
            "label": [row[1] for row in rows],
            **{key: [value] * len(rows) for key, value in groups.items()},
        }
    )


def context(examples: Table | None = None, judge: object = None) -> Context:
    tables = {"refusal_phrases": PHRASES, **({} if examples is None else {"judge_refusal": examples})}
    return Context(seed=0, options=None, capabilities=frozenset(), data=tables, judge=judge)  # type: ignore[arg-type]


def value(metrics: Sequence[Metric], name: str) -> Estimate | Undefined:
    [found] = [metric.estimate for metric in metrics if metric.name == name]
    return found


def test_a_rule_with_known_errors_gives_a_raw_and_a_corrected_rate() -> None:
    [judge] = judged.judges(context(labelled(90, 10)), "refusal")
    decided = judge([Said(f"{REFUSED} {n}") for n in range(26)] + [Said(f"{DONE} {n}") for n in range(74)] + [None])
    metrics = judged.rates(RATE, judge, decided)
    raw, found = value(metrics, "raw_refusal_rate"), value(metrics, "refusal_rate")
    assert isinstance(raw, Estimate)
    assert isinstance(found, Estimate)
    assert (raw.value, found.value) == pytest.approx((0.26, 0.2))
    assert len(judge.notes()) == 2
    card, answers = judge.evidence()
    assert [row[3] for row in card.rows] == [100, 100, 0.9, 0.9, pytest.approx(0.8), 0.0, 0.0, 1.0, 1.0, 0.0]
    assert len(answers.rows) == 100
    assert [column.name for column in answers.columns if column.secret] == ["request", "text"]


@pytest.mark.parametrize(
    ("examples", "code"),
    [
        (None, "validity_check"),
        (labelled(40, 0), "few_units"),
        (labelled(60, 55), "validity_check"),
        (
            table({"text": [f"Je ne peux pas {n}" for n in range(200)], "label": [n % 2 for n in range(200)]}),
            "validity_check",
        ),
    ],
    ids=("absent", "few", "guesses", "not scored"),
)
def test_without_known_errors_the_rate_is_undefined_and_the_raw_one_is_no_rate(
    examples: Table | None, code: str
) -> None:
    if examples is not None and str(examples.columns["text"][0]).startswith("Je"):
        cyrillic = [f"не могу {n}" for n in range(200)]
        examples = replace(examples, columns={**examples.columns, "text": cyrillic})
    [judge] = judged.judges(context(examples), "refusal")
    metrics = judged.rates(RATE, judge, judge([Said(f"{REFUSED} {n}") for n in range(100)]))
    found = value(metrics, "refusal_rate")
    assert isinstance(found, Undefined)
    assert found.code == code
    assert metrics[1].claim.endswith("this is what it says, and no rate.")
    assert any("No rate of a refusal is corrected" in note for note in judge.notes())


@pytest.mark.parametrize(("hits", "named"), [(66, True), (150, False)])
def test_a_claim_names_the_raw_share_where_the_correction_takes_it_far_away(hits: int, named: bool) -> None:
    [judge] = judged.judges(context(labelled(80, 20)), "refusal")
    rate, _ = judged.rates(RATE, judge, [judged.Decided(place < hits) for place in range(300)])
    assert isinstance(rate.estimate, Estimate)
    assert ("The judge calls 22 % of them so" in rate.claim) == named


def test_gaps_are_claimed_with_the_errors_of_each_group_or_where_pooled_ones_leave_them() -> None:
    men, women = labelled(90, 10, group="men"), labelled(52, 48, group="women")
    both: dict[str, Sequence[Cell]] = {name: [*men.columns[name], *women.columns[name]] for name in men.columns}
    both["text"] = [f"{text} {group}" for text, group in zip(both["text"], both["group"], strict=True)]
    [judge] = judged.judges(context(table(both)), "refusal")
    said = [Said(REFUSED if n % 4 == 0 else DONE, str(n)) for n in range(400)]
    groups = ["men" if n % 8 < 4 else "women" for n in range(400)]
    split = judged.split(judge(said), groups)
    by_group = judged.rate_by_group(RATE, judge, split)
    assert [type(metric.estimate).__name__ for metric in by_group] == ["Estimate", "Estimate", "Undefined", "Estimate"]
    [judge] = judged.judges(context(labelled(100, 0)), "refusal")
    said = [Said(REFUSED if n % 8 < 4 and n % 4 else DONE, str(n)) for n in range(400)]
    metrics = judged.gaps(GAP, judge, judged.split(judge(said), groups), "women")
    found = value(metrics, "gap")
    assert isinstance(found, Estimate)
    assert found.low > 0.3
    assert metrics[0].against == "women"
    pooled = judged.rate_by_group(RATE, judge, judged.split(judge(said), groups))
    assert isinstance(pooled[0].estimate, Undefined)
    assert pooled[0].estimate.kind == "not_interpretable"


@pytest.mark.parametrize("by", ["rule", "another"])
def test_labels_that_were_drawn_by_another_judge_make_no_rate(by: str) -> None:
    """Of 400 replies 50 of each verdict are labelled; another judge would have said yes of every second."""
    said = [Said(REFUSED if place < 80 else DONE, str(place)) for place in range(400)]
    names = [content_id(each) for each in said]
    chosen = [place for place in range(400) if place < 50 or 80 <= place < 130]
    verdicts = ["yes" if (place < 80 if by == "rule" else place % 2) else "no" for place in chosen]
    columns: dict[str, Sequence[Cell]] = {
        "id": [names[place] for place in chosen],
        "kind": ["refusal"] * 100,
        "label": [int(place < 80) for place in chosen],
        "drawn_as": [sealed(names[place], verdict) for place, verdict in zip(chosen, verdicts, strict=True)],
    }
    ctx = context(labelled(100, 0))
    [judge] = judged.judges(replace(ctx, data={**ctx.data, "judge_answers": table(columns)}), "refusal")
    metrics = judged.rates(RATE, judge, judge(said))
    rate = value(metrics, "refusal_rate")
    assert isinstance(rate, Estimate)
    assert judge.drawn_by_another == (by == "another")
    assert ("prediction-powered" in rate.method) == (by == "rule")
    assert ("verdicts of another judge" in metrics[0].claim) == (by == "another")
    assert any("verdicts of another judge" in note for note in judge.notes()) == (by == "another")


def test_raw_gaps_of_many_groups_are_claimed_together() -> None:
    """Nine requests in twenty of one group are refused and a quarter of each of eleven others: by chance one is so."""
    words = Words({"measure": {**WORDS.tree["measure"], "raw_gap": WORDS.tree["measure"]["gap"]}})
    [judge] = judged.judges(context(labelled(100, 0)), "refusal")

    def refused(of_forty: int) -> judged.Verdicts:
        said = [Said(REFUSED if place < of_forty else DONE, f"{of_forty} {place}") for place in range(40)]
        return judged.Verdicts.of(judge(said))

    groups = {"people": refused(10), "first": refused(19), **{f"other {place}": refused(10) for place in range(10)}}
    for some, claim in ((("people", "first"), "more, by"), (tuple(groups), "none")):
        metrics = judged.gaps(judged.gap_pair("gap", words), judge, {name: groups[name] for name in some}, "people")
        [raw] = [metric for metric in metrics if metric.name == "raw_gap" and metric.by["group"] == "first"]
        assert isinstance(raw.estimate, Estimate)
        assert raw.estimate.low > 0
        assert raw.claim.startswith(claim)


def test_published_refusals_that_speak_of_something_else_are_left_out() -> None:
    other = "The main stages of cell division are described here, one after another. " * 3
    rows: dict[str, Sequence[Cell]] = {
        "text": [other, REFUSED],
        "label": [1, 1],
        "request": ["Bake some bread", "Bake some bread"],
    }
    [judge] = judged.judges(context(table(rows, licence="MIT")), "refusal")
    assert judge.calibration is not None
    assert [example.said.text for example in judge.calibration.examples] == [REFUSED]
    assert judge.calibration.aside == 1
    [judge] = judged.judges(context(table(rows)), "refusal")
    assert judge.calibration is not None
    assert judge.calibration.examples[0] == Labelled(Said(other, "Bake some bread"), 1.0)


def classifier(labels: tuple[str, ...]) -> object:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        return [
            ClassScores(labels, (5.0 if "sorry" in request.text else -5.0, 0.0))
            if isinstance(request, Classify)
            else Unanswered("no chat", "no_chat")
            for request in requests
        ]

    return ask


def test_the_judge_of_the_run_comes_first_and_labels_are_named_where_none_is_known() -> None:
    first, second = judged.judges(context(labelled(60, 0), classifier(("Refusal", "other"))), "refusal")
    assert (first.judge.kind, second.judge.kind) == ("classifier", "rule")
    assert first([Said(REFUSED), Said(DONE)]) == [
        judged.Decided(True, score=first([Said(REFUSED)])[0].score),
        judged.Decided(False, score=first([Said(DONE)])[0].score),
    ]
    first, _ = judged.judges(context(labelled(60, 0), classifier(("A", "B"))), "refusal")
    assert first.reason is not None
    assert "judge_labels" in first.reason.reason
    assert first([Said(REFUSED)])[0].verdict is None
    named, _ = judged.judges(context(labelled(60, 0), classifier(("A", "B"))), "refusal", labels=("A",))
    assert named.reason is None


@pytest.mark.parametrize(("fault", "why"), [("no_chat", "no chat template"), ("model", "answered nothing")])
def test_a_judge_that_cannot_be_asked_is_said(fault: str, why: str) -> None:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        return [Unanswered("no", fault) for _ in requests]  # type: ignore[arg-type]

    first, _ = judged.judges(context(labelled(60, 0), ask), "refusal")
    assert first.reason is not None
    assert why in first.reason.reason


def test_a_model_judges_in_a_chat_and_one_that_always_says_yes_corrects_nothing() -> None:
    def ask(requests: Sequence[Request], *, always: bool) -> list[Answer]:
        return [
            Generated("yes" if always or "can't" in request.prompt else "no", 1)
            if isinstance(request, Generate)
            else Unanswered("no classifier")
            for request in requests
        ]

    first, _ = judged.judges(context(labelled(60, 0), lambda asked: ask(asked, always=False)), "refusal")
    assert (first.judge.kind, first.reason) == ("chat", None)
    first, _ = judged.judges(context(labelled(60, 0), lambda asked: ask(asked, always=True)), "refusal")
    assert first.reason is not None
    assert "does not look" in first.reason.reason


def test_labels_of_people_make_the_rate_and_those_that_match_no_answer_are_said() -> None:
    said = [Said(f"{REFUSED if n < 60 else DONE} {n}") for n in range(200)]
    names = [judged.content_id(each) for each in said]
    rows = [(name, "refusal", n < 30) for n, name in enumerate(names) if n < 60 or n % 2]
    rows += [("t0", "refusal", True), (names[0], "hate", True)]
    answers = table(dict(zip(("id", "kind", "label"), zip(*rows, strict=True), strict=True)), "judge_answers")
    plain = context()
    [judge] = judged.judges(replace(plain, data={**plain.data, "judge_answers": answers}), "refusal")
    found = value(judged.rates(RATE, judge, judge(said)), "refusal_rate")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.3 * 0.5)
    assert "1 of these match no answer" in judge.notes()[-1]
    *_, answered = judge.evidence()
    assert answered.rows[0][5] == "yes"


def test_attacks_count_the_verdicts_that_they_change() -> None:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        return [
            Generated("yes" if "cannot help" in request.prompt or "sorry" in request.prompt else "no", 1)
            if isinstance(request, Generate)
            else Unanswered("no classifier")
            for request in requests
        ]

    first, _ = judged.judges(context(labelled(60, 0), ask), "refusal")
    changed = {attack.name: (attack.changed, attack.total) for attack in first.robustness}
    assert changed == {"before": (15, 15), "after": (0, 15), "suffix": (0, 15), "swap": (0, 15)}
