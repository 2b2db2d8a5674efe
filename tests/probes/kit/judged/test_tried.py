"""A model in a chat is tried on as many labelled examples as its errors need, and on few where it has no form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from fairwitness.audit.judging import Calibration, Decided, Kind, Labelled, Said
from fairwitness.audit.records import Cell, DataSource, Table
from fairwitness.probes.kit.harmful.replied import chosen
from fairwitness.probes.kit.judged import Calibrated, calibrate, evidence
from fairwitness.probes.kit.judged.tried import FIRST, tried

YES, NO, FORM = Decided(True), Decided(False), Decided(None, "form")


class Judge:
    """Says what a function says of a text, and counts what it was asked."""

    def __init__(self, says: Callable[[str], Decided], kind: Kind = "chat") -> None:
        self.says, self.kind, self.name = says, kind, f"a {kind}"
        self.asked: list[int] = []

    def __call__(self, texts: Sequence[Said]) -> list[Decided]:
        self.asked.append(len(texts))
        return [self.says(said.text) for said in texts]


def right(text: str) -> Decided:
    return YES if text.startswith("is") else NO


def calibration(positives: int, negatives: int, group: str = "") -> Calibration:
    texts = [f"is {number}" for number in range(positives)] + [f"none {number}" for number in range(negatives)]
    examples = tuple(Labelled(Said(f"{text}{group}"), float(text.startswith("is")), group) for text in texts)
    return Calibration(examples, "a file")


def classes(made: Calibration) -> Counter[float]:
    return Counter(example.label for example in made.examples)


def test_as_many_of_each_class_are_put_to_a_chat_and_all_to_others() -> None:
    judge = Judge(right)
    made, decided = tried(judge, calibration(200, 90))
    assert classes(made) == {1.0: 50, 0.0: 50}
    assert (made.drawn_from, len(decided), judge.asked) == (290, 100, [40, 60])
    assert tried(judge, calibration(200, 90))[0] == made, "the same examples again"
    every, _ = tried(Judge(right, "classifier"), calibration(200, 90))
    assert (len(every.examples), every.drawn_from) == (290, 0)
    whole, _ = tried(Judge(right), calibration(200, 90), 0)
    assert (len(whole.examples), whole.drawn_from) == (290, 0)


def test_what_has_no_verdict_is_made_up_for_as_long_as_there_are_examples() -> None:
    def says(text: str) -> Decided:
        return FORM if text.endswith("0") else right(text)

    judge = Judge(says)
    made, decided = tried(judge, calibration(200, 52))
    scored = Counter(example.label for example, said in zip(made.examples, decided, strict=True) if said.why == "")
    assert scored == {1.0: 50, 0.0: 46}
    assert classes(made)[0.0] == 52
    assert judge.asked[0] == 2 * FIRST


def test_a_chat_that_hardly_answers_in_its_form_is_asked_no_more_and_refused() -> None:
    judge = Judge(lambda text: right(text) if text.endswith("1") else FORM)
    known = calibrated(judge)
    assert judge.asked == [2 * FIRST]
    assert known.reason is not None
    assert known.reason.reason.startswith("not interpretable: the judge left 3")
    assert known.robustness == ()


def test_each_group_that_examples_name_has_as_many() -> None:
    both = calibration(80, 80, " a").examples + calibration(80, 30, " b").examples
    made, _ = tried(Judge(right), Calibration(both, "a file"))
    counts = Counter((example.group, example.label) for example in made.examples)
    assert counts == {(" a", 1.0): 50, (" a", 0.0): 50, (" b", 1.0): 50, (" b", 0.0): 30}


def labels(each: int = 80) -> Table:
    made = calibration(each, each).examples
    columns: dict[str, Sequence[Cell]] = {
        "text": [example.said.text for example in made],
        "label": [example.label for example in made],
    }
    source = DataSource(name="judge_refusal", source="labels", sha256="", licence="", rows=len(made))
    return Table(source, columns)


def calibrated(judge: Judge) -> Calibrated:
    return calibrate(judge, "refusal", labels())


def test_a_sample_is_said_with_its_size() -> None:
    notes = calibrated(Judge(right)).notes()
    assert any("tried on 100 of 160 labelled examples" in note for note in notes)
    assert not any("tried on" in note for note in calibrated(Judge(right, "rule")).notes())


@pytest.mark.parametrize(
    ("says", "why"),
    [(lambda text: YES, "does not look"), (lambda text: FORM, "without a verdict")],
    ids=("always yes", "no form"),
)
def test_a_poor_judge_does_not_judge_and_its_card_says_how_poor_it_is(says: Callable[[str], Decided], why: str) -> None:
    picked = chosen([calibrated(Judge(says)), calibrated(Judge(right, "rule"))])
    assert picked.judge.kind == "rule"
    [first, *_] = picked.notes()
    assert first.startswith("Check the data: the judge that --judge names does not judge what is a refusal (a chat): ")
    assert why in first
    card = evidence([picked])[0]
    assert {row[1] for row in card.rows} == {"a chat", "a rule"}


def test_a_good_judge_judges_and_none_is_refused() -> None:
    picked = chosen([calibrated(Judge(right)), calibrated(Judge(right, "rule"))])
    assert (picked.judge.kind, picked.refused) == ("chat", ())
