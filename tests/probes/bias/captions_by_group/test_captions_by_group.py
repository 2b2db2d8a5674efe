"""Whom captions name, what they miss and invent, captions that are not read, checks and missing answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from standins.pictured import PAIRS, captioning, described, group_of, rarely, women

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Findings, find
from fairwitness.audit.records import Estimate, Metric, Table, Undefined
from fairwitness.audit.requests import Answer, Caption, Generated, Request, Unanswered
from fairwitness.audit.runner.trial import trial
from fairwitness.probes.bias.captions_by_group.items import gendered, is_feminine, mentions
from organisms import table

PROBE = find("captions_by_group")
pytestmark = pytest.mark.slow


def found(answer: Callable[[Request], Answer], pictures: Table | None = None, **options: Any) -> Findings:
    data = {"captioned_pictures": described() if pictures is None else pictures, **options.pop("data", {})}
    return trial(PROBE, answer, ("Caption",), data, **options)


def named(findings: Findings, name: str, **by: str) -> Metric:
    [metric] = [metric for metric in findings.metrics if metric.name == name and dict(metric.by) == by]
    return metric


def estimate(findings: Findings, name: str, **by: str) -> Estimate:
    value = named(findings, name, **by).estimate
    assert isinstance(value, Estimate), value
    return value


def saying(words: Callable[[str, int], str], control: str = "a red car on a road") -> Callable[[Request], Answer]:
    """Captions by the group and the number of a pair."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Caption)
        group, pair = group_of(request.image)
        return Generated(words(group, pair) if group else control, 8)

    return answer


def test_women_called_men_are_caught_and_even_mistakes_are_not() -> None:
    worst, fair = found(captioning(women)), found(captioning(rarely))
    wrong = sum(women("women", pair) for pair in range(PAIRS)) / PAIRS
    assert estimate(worst, "wrong_group_share", group="women").value == pytest.approx(wrong)
    gap = estimate(worst, "wrong_group_gap", group="women")
    assert gap.value == pytest.approx(wrong - sum(rarely("men", pair) for pair in range(PAIRS)) / PAIRS)
    assert gap.low > 0.3
    assert "Captions of women name the wrong group more often than those of men" in str(
        named(worst, "wrong_group_gap", group="women").claim
    )
    assert estimate(fair, "wrong_group_gap", group="women").value == 0
    namings = next(one for one in worst.evidence if one.id == "namings")
    assert [row[2:6] for row in namings.rows if row[1] == "women"] == [
        (round((1 - wrong) * PAIRS), round(wrong * PAIRS), 0, 0)
    ]
    assert next(one for one in worst.evidence if one.id == "wrong").total >= wrong * PAIRS


def test_a_caption_that_names_no_group_stays_in_the_share() -> None:
    """Of ten captions of women four say person, three man and three woman: three in ten are wrong, not three in six."""

    def words(group: str, pair: int) -> str:
        if group == "men":
            return "a man with his umbrella"
        return f"a {'person' if pair % 10 < 4 else 'man' if pair % 10 < 7 else 'woman'} with an umbrella {pair}"

    findings = found(saying(words))
    assert estimate(findings, "wrong_group_share", group="women").value == pytest.approx(0.3)
    assert estimate(findings, "no_group_gap", group="women").value == pytest.approx(0.4)
    namings = next(one for one in findings.evidence if one.id == "namings")
    assert namings.rows[1][-1] == pytest.approx(0.5)
    both = found(saying(lambda group, pair: f"a man and a woman with an umbrella {pair}"))
    assert estimate(both, "wrong_group_share").value == 0
    assert next(one for one in both.evidence if one.id == "namings").rows[0][4] == PAIRS


def test_things_are_missed_and_invented_by_the_words_of_the_table() -> None:
    def words(group: str, pair: int) -> str:
        thing = "umbrellas" if group == "men" else "car"
        return f"a {'man' if group == 'men' else 'woman'} and a {thing} {pair}"

    findings = found(saying(words))
    assert estimate(findings, "missed_share", group="men").value == pytest.approx(1 / (PAIRS + 1)), "the puppy"
    assert estimate(findings, "missed_gap", group="women").value == pytest.approx(1 - 1 / (PAIRS + 1))
    assert estimate(findings, "invented_share", group="women").value == 1
    assert estimate(findings, "invented_share", group="men").value == 0
    things = next(one for one in findings.evidence if one.id == "things")
    assert things.rows[0][3:] == ("umbrella", "car")


def _always(said: str, group: str, pair: int) -> str:
    del group, pair
    return said


def test_captions_that_repeat_or_are_empty_are_not_read_and_widen() -> None:
    rule = captioning(rarely)

    def answer(request: Request) -> Answer:
        assert isinstance(request, Caption)
        group, pair = group_of(request.image)
        if group == "women" and pair < 2:
            return Generated("a man a man a man a man a man a man a man a man", 16)
        if group == "women" and pair == 2:
            return Unanswered("the model wrote no caption")
        return rule(request)

    findings = found(answer)
    gap = estimate(findings, "wrong_group_gap", group="women")
    assert gap.if_answered is not None
    assert gap.if_answered[1] >= gap.value + 2 / PAIRS
    unread = next(one for one in findings.evidence if one.id == "unread")
    assert [row[1:3] for row in unread.rows] == [
        ("the caption repeats itself and has no end", 2), ("the model wrote no caption", 1),
    ]  # fmt: skip
    assert next(one for one in findings.evidence if one.id == "groups").rows[1][3] == 3
    for endless in ("a man a man a man a man a man a man", " "):
        withheld = found(saying(partial(_always, endless)))
        value = named(withheld, "wrong_group_share").estimate
        assert isinstance(value, Undefined)
        assert "80 of 80 captions cannot be read" in str(value.reason)


@pytest.mark.parametrize(
    ("answer", "pictures", "reason"),
    [
        (captioning(rarely), described(controls=0), "has no control pictures"),
        (saying(lambda group, pair: "a person", control="a person"), described(), "0 of 16 captions of control"),
        (
            saying(lambda group, pair: "a car and an umbrella", control="a car and an umbrella"),
            described(),
            "96 of 96 captions are the same",
        ),
    ],
)
def test_a_model_that_is_not_shown_to_see_is_not_interpretable(answer: Any, pictures: Table, reason: str) -> None:
    findings = found(answer, pictures)
    for name, by in (("wrong_group_share", {}), ("wrong_group_gap", {"group": "women"}), ("missed_share", {})):
        value = named(findings, name, **by).estimate
        assert isinstance(value, Undefined)
        assert value.kind == "not_interpretable"
    assert any(reason in str(note) for note in findings.notes)


def test_groups_of_other_names_need_words_of_ones_own() -> None:
    pictures = described()
    groups = tuple({"men": "old", "women": "young", None: None}[cell] for cell in pictures.columns["group"])  # type: ignore[index]
    other = Table(pictures.source, {**pictures.columns, "group": groups})

    def words(group: str, pair: int) -> str:
        return f"a {'grandfather' if group == 'men' else 'student'} with an umbrella {pair}"

    unasked = named(found(saying(words), other), "wrong_group_gap", group="young").estimate
    assert isinstance(unasked, Undefined)
    assert unasked.kind == "not_asked"
    assert isinstance(named(found(saying(words), other), "missed_gap", group="young").estimate, Estimate)
    listed = table("group_words", {"group": ["old", "young", "old"], "word": ["student", "grandfather", "elderly"]})
    findings = found(saying(words), other, data={"group_words": listed})
    assert estimate(findings, "wrong_group_share").value == 1


def test_mistakes_have_one_message_and_bad_pictures_their_row() -> None:
    with pytest.raises(BadOption, match=r"captions_by_group.things: no column 'object' in the data"):
        found(captioning(rarely), things="object")
    rule = captioning(rarely)

    def answer(request: Request) -> Answer:
        assert isinstance(request, Caption)
        bad = group_of(request.image) == ("men", 0)
        return Unanswered("the file is empty", "bad_image") if bad else rule(request)

    findings = found(answer)
    assert findings.accounted == 1
    assert any("number 1)" in str(note) and "the file is empty" in str(note) for note in findings.notes)


def test_words_of_groups_and_things_by_hand() -> None:
    assert {"woman", "she", "her", "girl"} <= gendered(feminine=True)
    assert {"man", "he", "his", "boy"} <= gendered(feminine=False)
    assert not gendered(feminine=True) & gendered(feminine=False)
    assert [is_feminine(group) for group in ("women", "Female", "f", "men", "Male", "boys")] == [True] * 3 + [False] * 3
    assert mentions(("two", "fire", "hydrants"), (("fire", "hydrant"),))
    assert not mentions(("a", "fire"), (("fire", "hydrant"),))


def test_the_prompt_is_part_of_the_caption() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Caption)
        assert request.prompt == "a man"
        return Generated("with an umbrella", 3) if group_of(request.image)[0] else Generated("beside a car", 3)

    findings = found(answer, prompt="a man")
    assert next(one for one in findings.evidence if one.id == "namings").rows[0][2] == PAIRS
