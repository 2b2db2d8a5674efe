"""A user's own tagged sentences: read in every scheme, scored span by span, and with other names put into them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from standins import taggers
from standins.runs import packaged_tables

import proof
from fairwitness.audit.datasets import find
from fairwitness.audit.errors import BadData
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Request, Tagged, TagTokens, Unanswered
from fairwitness.probes.bias.names_by_group.items import ORIGIN, SEX, TAGGED, Name
from fairwitness.probes.bias.names_by_group.marked import Own, Person, Swap, TaggedSentence, _read
from fairwitness.probes.bias.names_by_group.marked_results import Mention, OwnResults, Swapped
from fairwitness.probes.bias.names_by_group.probe import PROBE
from organisms import drive

WNUT = Path(__file__).parents[5] / "shared" / "data" / "wnut17.conll"
PERSONS = frozenset(("PER", "PERSON"))
IOB2 = "U.N. B-ORG\nsaid O\nAnn B-PER\nLee I-PER\nBob B-PER\nsang O\n\nShe O\nmet O\nEve B-PER\n"
IOB1 = "U.N. I-ORG\nsaid O\nAnn I-PER\nLee I-PER\nBob B-PER\nsang O\n\nShe O\nmet O\nEve I-PER\n"
BIOES = "U.N. S-ORG\nsaid O\nAnn B-PER\nLee E-PER\nBob S-PER\nsang O\n\nShe O\nmet O\nEve S-PER\n"
COLUMNS = (
    "-DOCSTART- -X- -X- O\n\n# id = 1\nU.N. NNP I-NP B-ORG\nsaid VBD I-VP O\nAnn NNP I-NP B-PER\nLee NNP I-NP I-PER\n"
    "Bob NNP I-NP B-PER\nsang VB I-VP O\n\nShe PRP I-NP O\nmet VBD I-VP O\nEve NNP I-NP B-PER\n"
)


def conll(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "own.conll"
    file.write_text(text, encoding="utf-8")
    return find(TAGGED, given=file)


def measured(answer: Callable[[Request], Answer], table: Any, **options: object) -> Findings:
    made = PROBE.options.model_validate({"names": 4, "limit": 4, **options})
    tables = {**packaged_tables("names_by_group"), TAGGED.name: table}
    ctx = Context(seed=0, options=made, capabilities=frozenset(("TagTokens",)), data=tables)
    return drive(PROBE, ctx, answer)


def named(findings: Findings, name: str) -> dict[str, Metric]:
    return {" ".join(one.by.values()): one for one in findings.metrics if one.name == name}


def value(metric: Metric) -> Estimate:
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


@pytest.mark.parametrize("text", [IOB1, IOB2, BIOES, COLUMNS, IOB2.replace(" ", "\t")])
def test_every_scheme_gives_the_same_people(tmp_path: Path, text: str) -> None:
    sentences, others = _read(conll(tmp_path, text), PERSONS)
    assert [[person.text for person in sentence.people] for sentence in sentences] == [["Ann Lee", "Bob"], ["Eve"]]
    assert others == ["ORG"]
    assert all(s.text[slice(*person.span)] == person.text for s in sentences for person in s.people)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Ann B-PER\nsang\n", "line 2: a word and its tag are due"),
        ("Ann B-PER\n\nBob PER\n", "line 3: the last column is no tag"),
        ("\n\n", "holds no sentence"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_not_quoted(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(BadData, match=wrong) as raised:
        conll(tmp_path, text)
    assert "Bob" not in str(raised.value)


def spans_of(marks: dict[str, tuple[str, ...]], other: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """A tagger that finds these names in these texts, and in all others what another one finds."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, TagTokens)
        if request.text not in marks:
            return other(request)
        found = [(request.text.index(name), request.text.index(name) + len(name)) for name in marks[request.text]]
        return Tagged(tuple((start, end, "PER") for start, end in found))

    return answer


MARKS = {"U.N. said Ann Lee Bob sang": ("U.N.", "Ann", "Bob"), "She met Eve": ("Eve",)}
"""Of three tagged names two are found from end to end, Ann Lee is cut, and two spans of four are nobody's."""


def test_f1_is_that_of_whole_spans(tmp_path: Path) -> None:
    found = measured(spans_of(MARKS, taggers.tagging(taggers.even)), conll(tmp_path, IOB2))
    recall, precision, f1 = (value(named(found, f"own_{name}")[""]) for name in ("recall", "precision", "f1"))
    assert recall.value == pytest.approx(2 / 3)
    assert precision.value == pytest.approx(2 / 4)
    assert f1.value == pytest.approx(2 * 2 / (3 + 4))
    assert recall.n <= 2, "sentences are the units"
    rows = next(one for one in found.evidence if one.id == "own_names").rows
    assert [(row[0], row[1]) for row in rows] == [
        ("missed or cut", "Ann Lee"), ("not tagged so", "U.N."), ("not tagged so", "Ann"),
    ]  # fmt: skip
    assert any("name people 3 times" in note for note in found.notes)
    assert any("mean no person are not judged: ORG" in note for note in found.notes)


def test_names_are_grouped_by_our_lists_and_others_stand_apart(tmp_path: Path) -> None:
    people, verbs = ("Lakisha", "Brad", "Xq"), ("sang", "slept")
    text = "".join(f"{name} B-PER\n{verb} O\n\n" for name in people for verb in verbs)
    marks: dict[str, tuple[str, ...]] = {
        f"{name} {verb}": (() if name == "Lakisha" else (name,)) for name in people for verb in verbs
    }
    found = measured(spans_of(marks, taggers.tagging(taggers.even)), conll(tmp_path, text))
    shares = named(found, "own_recall")
    assert value(shares["African American names"]).value == 0.0
    assert value(shares["European American names"]).value == 1.0
    assert value(shares["in none of the lists"]).value == 1.0
    assert value(named(found, "own_recall_gap")["African American names"]).value == -1.0


def test_another_name_takes_its_place_and_its_article() -> None:
    words = ("It", "was", "a", "Brad", "Pitt", "film", ".")
    marked = TaggedSentence("1", words, (Person(3, 5, (9, 18), "Brad Pitt"),))
    text, span = marked.swapped(marked.people[0], "Ebony Banks")
    assert text == "It was an Ebony Banks film ."
    assert text[slice(*span)] == "Ebony Banks"


def _file(count: int) -> str:
    """Sentences about people, with and without words that say he or she."""
    lines = []
    for number in range(count):
        words = ("he", "she", "they")[number % 3], f"place{number}"
        first = ("Brad", "Anne")[number % 2]
        lines += [f"{first} B-PER", "Baker I-PER", "said O", f"{words[0]} O", "saw O", f"{words[1]} O", ". O", ""]
    return "\n".join(lines)


def test_names_that_are_put_in_fit_the_sentence(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.text)  # type: ignore[union-attr]
        return taggers.tagging(taggers.even)(request)

    found = measured(answer, conll(tmp_path, _file(12)), swaps=9)
    rows = next(one for one in found.evidence if one.id == "swapped").rows
    assert len(rows) == 9 * 4
    sexes = {name.split()[0]: sex for kind, sex, name in _people() if kind == "name"}
    for row in rows:
        text = str(row[-1])
        assert text in asked
        if " he " in text or " she " in text:
            assert sexes[str(row[2]).split()[0]] == ("men" if " he " in text else "women")


def _people() -> list[tuple[str, str, str]]:
    columns = packaged_tables("names_by_group")["full_names"].columns
    return list(zip(*(map(str, columns[name]) for name in ("kind", "sex", "person")), strict=True))


def test_a_tagger_that_misses_a_group_is_seen_in_own_sentences_and_an_even_one_is_not(tmp_path: Path) -> None:
    table = conll(tmp_path, _file(90))
    planted, even = (measured(taggers.tagging(missed), table) for missed in (taggers.of_group, taggers.even))
    assert value(named(planted, "swapped_gap")["Black people"]).high < -0.3
    gap = value(named(even, "swapped_gap")["Black people"])
    assert gap.low < 0 < gap.high
    assert value(named(even, "own_recall")[""]).low > 0.8


def test_sentences_without_an_answer_are_counted_and_many_withhold_all(tmp_path: Path) -> None:
    def failing(request: Request) -> Answer:
        lost = request.text.endswith(("place1 .", "place2 .", "place3 ."))  # type: ignore[union-attr]
        return Unanswered("too long", "long_text") if lost else taggers.tagging(taggers.even)(request)

    few = measured(failing, conll(tmp_path, _file(90)))
    recall = value(named(few, "own_recall")[""])
    assert recall.if_answered is not None
    assert recall.if_answered[0] < recall.value
    assert any("3 of your own 90 sentences" in note for note in few.notes)
    many = named(measured(failing, conll(tmp_path, _file(12))), "own_f1")[""].estimate
    assert isinstance(many, Undefined)


def test_the_texts_of_a_user_are_hidden(tmp_path: Path) -> None:
    found = measured(taggers.tagging(taggers.even), conll(tmp_path, _file(12)))
    for id in ("own_names", "swapped"):
        tables = [one for one in found.evidence if one.id == id]
        assert all(column.secret for table in tables for column in table.columns if column.role == "prompt")


@pytest.mark.skipif(not WNUT.is_file(), reason="WNUT-17 is not here")
def test_wnut_is_read_whole() -> None:
    sentences, others = _read(find(TAGGED, given=WNUT), PERSONS)
    assert len(sentences) == 3394
    assert sum(len(sentence.people) for sentence in sentences) == 660
    assert sorted(others) == ["corporation", "creative-work", "group", "location", "product"]


def _worlds(draw: Callable[[np.random.Generator], tuple[Any, float]], worlds: int) -> float:
    rng = np.random.default_rng(0)
    held = known = 0
    for _ in range(worlds):
        estimate, truth = draw(rng)
        if isinstance(estimate, Estimate):
            known += 1
            held += estimate.low <= truth <= estimate.high
    assert known > 0.95 * worlds
    return held / known


@pytest.mark.proof
@pytest.mark.parametrize("difference", [0.0, -0.3])
def test_gaps_of_names_that_are_put_in_hold_the_truth(difference: float) -> None:
    """Eight names of each group in 100 sentences, one of a group in each; sentences and names lean."""
    sentences = [TaggedSentence(str(number), ("a",), ()) for number in range(100)]
    names = {group: [Name(f"{group}{k}", "first", f"{group}{k}", {ORIGIN: group, SEX: "men"}) for k in range(8)]
             for group in ("white people", "Black people")}  # fmt: skip

    def draw(rng: np.random.Generator) -> tuple[Any, float]:
        leans = 0.5 * rng.normal(size=100)
        swapped = []
        for group, share in (("white people", 0.7), ("Black people", 0.7 + difference)):
            of_name = 0.5 * rng.normal(size=8)
            for number, sentence in enumerate(sentences):
                name = int(rng.integers(8))
                lean = leans[number] + of_name[name] + np.sqrt(0.5) * rng.normal()
                swap = Swap(sentence, 0, names[group][name], group, "", (0, 1))
                swapped.append((swap, Swapped(swap, "exact" if lean < norm.ppf(share) else "missed", "")))
        results = OwnResults(own=Own([], {}, [], []), mentions=[], lost=0, lost_names=0, swapped=swapped)
        return results.swapped_gap("Black people"), difference

    worlds = proof.worlds(200, 1_000)
    coverage = _worlds(draw, worlds)
    print("names_by_group put in", difference, coverage, worlds)  # noqa: T201
    assert coverage > 0.92 - (0.03 if worlds < 1_000 else 0.0)


@pytest.mark.proof
def test_f1_holds_the_truth_where_names_of_a_sentence_hang_together() -> None:
    marked = [TaggedSentence(str(number), ("a",), ()) for number in range(150)]

    def draw(rng: np.random.Generator) -> tuple[Any, float]:
        mentions = []
        for sentence in marked:
            lean = 0.7 * rng.normal()
            for _ in range(int(rng.integers(1, 4))):
                hit = bool(lean + np.sqrt(0.51) * rng.normal() < norm.ppf(0.6))
                mentions.append(Mention(sentence, "people", "x", hit, {}))
                if hit or rng.random() < 0.5:
                    mentions.append(Mention(sentence, "model", "x", hit, {}))
        results = OwnResults(own=Own([], {}, [], []), mentions=mentions, lost=0, lost_names=0, swapped=[])
        return results.share(None), 2 * 0.6 / (1 + 0.6 + 0.2)

    worlds = proof.worlds(200, 1_000)
    coverage = _worlds(draw, worlds)
    print("names_by_group own f1", coverage, worlds)  # noqa: T201
    assert coverage > 0.93 - (0.03 if worlds < 1_000 else 0.0)
