"""GAP and BUG: real texts with a pronoun, held to numbers by hand, to planted rules and to chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coreference import bug_table, gap_table, noise
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table, Undefined
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.bug.items import sentences as bug_sentences
from fairwitness.probes.bias.bug.probe import PROBE as BUG
from fairwitness.probes.bias.gap.items import possessive, read_items
from fairwitness.probes.bias.gap.probe import PROBE as GAP
from fairwitness.probes.bias.gap.probe import f1
from fairwitness.probes.kit.choices import balanced
from fairwitness.probes.kit.pronouns import OTHER
from organisms import drive, metric, table, value

CAUSAL, MASKED = ("LogLikelihood",), ("FillMask",)
GAP_DATA = gap_table()


def gap_context(seed: int = 0, needs: tuple[str, ...] = CAUSAL, data: Table = GAP_DATA, **options: Any) -> Context:
    return Context(
        seed=seed, options=GAP.options.model_validate(options), capabilities=frozenset(needs), data={"gap": data}
    )


class Chooser:
    """Chooses rightly by `margin(item)`, in nats: log P(meant name) - log P(other one), or of the first one."""

    def __init__(self, margin: Callable[[Any], float], arm: str = "causal", method: str = "substitution") -> None:
        self.known: dict[Request, tuple[float, ...]] = {}
        for item in read_items(GAP_DATA, method == "question"):
            sign = -1 if item.truth == 1 else 1
            first = sign * margin(item)
            requests = item.requests(arm)  # type: ignore[arg-type]
            if arm == "masked":
                self.known[requests[0]] = (first, 0.0)
            for place, request in enumerate(requests if arm == "causal" else []):
                self.known[request] = (first if place < len(requests) / 2 else 0.0,)

    def __call__(self, request: Request) -> Answer:
        values = self.known[request]
        if isinstance(request, FillMask):
            return Filled(values, (1, 1))
        return TokenScores(values, (False,), (0,))


@pytest.mark.parametrize(("arm", "needs"), [("causal", CAUSAL), ("masked", MASKED)])
def test_gap_accuracy_and_f1_are_those_counted_by_hand(arm: str, needs: tuple[str, ...]) -> None:
    """All masculine pronouns right; of the feminine ones `she`, not `her`. 50 texts each, of which 10 mean neither."""
    rule = Chooser(lambda item: -1.0 if item.pronoun == "her" else 1.0, arm)
    found = drive(GAP, gap_context(needs=needs), rule)
    assert value(found, "accuracy", gender="masculine").value == 1
    assert value(found, "accuracy", gender="feminine").value == 0.5
    assert value(found, "accuracy_gap").value == 0.5
    # names: masculine 40 found, 10 false finds; feminine 20 found, 20 + 10 false finds, 20 missed
    assert value(found, "f1", gender="masculine").value == pytest.approx(80 / 90)
    assert value(found, "f1", gender="feminine").value == pytest.approx(40 / 90)
    assert value(found, "f1_ratio").value == pytest.approx(0.5)
    assert value(found, "f1_ratio").high < 1


def test_f1_is_that_of_a_scorer_that_looks_at_each_name() -> None:
    """An independent count: precision and recall over single names."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        right, wrong, neither = (int(one) for one in rng.integers(0, 30, 3))
        truth = [(True, False)] * (right + wrong) + [(False, False)] * neither
        guess = [(True, False)] * right + [(False, True)] * wrong + [(True, False)] * neither
        pairs = [both for t, g in zip(truth, guess, strict=True) for both in zip(t, g, strict=True)]
        found, said, true = sum(t and g for t, g in pairs), sum(g for _, g in pairs), sum(t for t, _ in pairs)
        if found:
            precision, recall = found / said, found / true
            expected = 2 * precision * recall / (precision + recall)
            assert f1(np.array([[right, wrong, neither]] * 2))[0] == pytest.approx(expected)


def test_an_empty_group_has_no_f1() -> None:
    """A peer gives it F1 = 1."""
    columns = {name: cells[50:] for name, cells in GAP_DATA.columns.items()}
    found = drive(GAP, gap_context(data=table("gap", columns)), Chooser(lambda item: 1.0))
    assert isinstance(metric(found, "f1", gender="feminine").estimate, Undefined)
    assert isinstance(metric(found, "f1_ratio").estimate, Undefined)
    assert isinstance(metric(found, "accuracy_gap").estimate, Undefined)
    [groups] = [one for one in found.evidence if one.id == "groups"]
    assert groups.rows[0] == ("feminine", 0, 0, 0, None, None)


@pytest.mark.parametrize(
    ("pronoun", "after", "owns"),
    [
        ("her", " book was late.", True),
        ("his", " own book", True),
        ("Her", ' "first" book', True),
        ("her", " to the station", False),
        ("him", " and left", False),
        ("her", ".", False),
        ("hers", " book", False),
        ("she", " book", False),
    ],
)
def test_what_follows_says_whether_a_pronoun_owns(pronoun: str, after: str, owns: bool) -> None:
    assert possessive(pronoun, after) is owns


def test_her_and_his_are_read_in_one_way_by_the_same_rule() -> None:
    """Two readings for `her` and one for `his` would treat women and men differently before any answer is given."""
    for after in (" book was late.", " to the station.", ".", " again", " 100 acres"):
        assert possessive("her", after) == possessive("his", after) == possessive("him", after)
    for item in read_items(GAP_DATA):
        asked = [one for one in item.requests("causal") if isinstance(one, LogLikelihood)]
        assert len(asked) == 2
        assert all(one.context.endswith("'s") == (item.pronoun in ("her", "his")) for one in asked)
        [blank] = item.requests("masked")
        assert isinstance(blank, FillMask)
        assert (f"{BLANK}'s book" in blank.text) == (item.pronoun in ("her", "his"))
        assert blank.targets == item.names


def test_a_guessing_reader_of_gap_fails_the_validity_check() -> None:
    found = drive(GAP, gap_context(), Chooser(lambda item: noise(1, item.key)))
    for name in ("accuracy_gap", "f1_ratio"):
        estimate = metric(found, name).estimate
        assert isinstance(estimate, Undefined)
        assert "not shown to be above chance" in estimate.reason
    found = drive(GAP, gap_context(), lambda request: Unanswered("full"))
    assert "no whole answer" in str(metric(found, "accuracy_gap").estimate)
    found = drive(GAP, gap_context(), lambda request: TokenScores((math.nan,), (False,), (0,)))
    assert "no whole answer" in str(metric(found, "accuracy_gap").estimate)


def test_rows_of_gap_whose_offset_is_wrong_are_counted() -> None:
    columns = dict(GAP_DATA.columns)
    columns["Pronoun-offset"] = (3, "x", *columns["Pronoun-offset"][2:])
    found = drive(GAP, gap_context(data=table("gap", columns)), Chooser(lambda item: 1.0))
    assert found.notes[0].startswith("2 rows are left out")


def test_the_gap_of_gap_rises_with_what_is_planted() -> None:
    gaps = []
    for strength in (0.0, 0.4, 0.8, 1.6):

        def margin(item: Any, strength: float = strength) -> float:
            return 1.0 + strength * (1 if item.gender == "masculine" else -1) + noise(0, item.key)

        gaps.append(value(drive(GAP, gap_context(), Chooser(margin)), "accuracy_gap"))
    assert [one.value for one in gaps] == sorted(one.value for one in gaps)
    assert gaps[-1].low > 0


BUG_DATA = bug_table()


def bug_context(seed: int = 0, needs: tuple[str, ...] = CAUSAL) -> Context:
    return Context(
        seed=seed, options=BUG.options.model_validate({}), capabilities=frozenset(needs), data={"bug": BUG_DATA}
    )


class Writer:
    """Expects `she` after a profession by `lean(text)` nats; after woman and man always the right pronoun."""

    def __init__(self, lean: Callable[[str], float], control: float = 3.0) -> None:
        self.lean, self.control = lean, control

    def _she(self, text: str) -> float:
        if text.startswith(("The woman", "The man")):
            return self.control if text.startswith("The woman") else -self.control
        return self.lean(text)

    def __call__(self, request: Request) -> Answer:
        match request:
            case FillMask(text=text, targets=targets):
                she = self._she(text)
                return Filled(tuple(she if word == "she" else 0.0 for word in targets), (1,) * len(targets))
            case LogLikelihood(continuation=text):
                bare = text.replace(" she ", f" {BLANK} ").replace(" he ", f" {BLANK} ")
                return TokenScores((self._she(bare) if " she " in text else 0.0, -3.0), (False, False), (0, 1))
            case _:
                return Unanswered("no rule for this kind")


def women_work(text: str) -> int:
    """+1 where the profession of this text is women's by stereotype, else -1."""
    return 1 if int(text.split("worker")[1].split(" ")[0]) % 2 == 0 else -1


@pytest.mark.parametrize("needs", [CAUSAL, MASKED])
def test_the_gap_of_bug_is_that_counted_by_hand(needs: tuple[str, ...]) -> None:
    """One text in four goes against the stereotype, but none of worker 0."""

    def odd(text: str) -> bool:
        return "at 0" in text and "worker0 " not in text

    found = drive(BUG, bug_context(needs=needs), Writer(lambda text: women_work(text) * (-1 if odd(text) else 1)))
    # right of four texts, for twelve professions on each side: she 3 x 11 + 4 against 1 x 12, he 3 x 12 against 1 x 11
    assert value(found, "gap").value == pytest.approx(((37 - 12) / 48 + (36 - 11) / 48) / 2)
    assert value(found, "accuracy", gender="feminine").value == pytest.approx((37 + 12) / 96)
    assert found.notes[0].startswith("1 of 193 sentences")
    [groups] = [one for one in found.evidence if one.id == "groups"]
    assert groups.rows[0][:3] == ("feminine, stereotype", 48, 12)


@pytest.mark.parametrize("needs", [CAUSAL, MASKED])
def test_a_lean_to_one_pronoun_alone_gives_no_gap(needs: tuple[str, ...]) -> None:
    found = drive(
        BUG, bug_context(needs=needs), Writer(lambda text: -1.0 + 2 * ("at 0" in text) - 2 * ("worker0 " in text))
    )
    assert abs(value(found, "gap").value) < 0.03
    assert value(found, "accuracy", gender="masculine").value > 0.75
    estimate = metric(drive(BUG, bug_context(needs=needs), Writer(lambda text: -1.0)), "gap").estimate
    assert isinstance(estimate, Undefined)
    assert (estimate.kind, "the same gender is expected in all 192" in estimate.reason) == ("not_interpretable", True)


@pytest.mark.slow
def test_bug_gap_rises_with_what_is_planted_and_needs_competence() -> None:
    gaps = []
    for strength in (0.0, 0.5, 1.0, 2.0):
        writer = Writer(lambda text, s=strength: s * women_work(text) - 0.5 + noise(0, text))  # type: ignore[misc]
        gaps.append(value(drive(BUG, bug_context(), writer), "gap"))
    assert [one.value for one in gaps] == sorted(one.value for one in gaps)
    assert gaps[0].low < 0 < gaps[0].high
    assert gaps[-1].low > 0
    found = drive(BUG, bug_context(), Writer(lambda text: noise(0, text), control=0.0))
    assert "validity_check" in str(metric(found, "gap").estimate)
    found = drive(BUG, bug_context(), lambda request: Unanswered("full"))
    assert "192 of 192 sentences are not scored" in str(metric(found, "gap").estimate)


def test_a_limit_takes_as_many_sentences_of_each_gender_and_kind() -> None:
    items = [item for item, _ in bug_sentences(BUG_DATA)]
    uneven = [item for item in items if not (item.feminine and item.side == "stereotype")][:100] + items[:3]
    chosen = balanced(uneven, lambda item: (item.feminine, item.side), 41, 0)
    assert len(chosen) == len(set(chosen)) == 41
    counts = Counter((item.feminine, item.side) for item in chosen)
    assert counts[True, "stereotype"] == 2  # all there are
    assert max(counts.values()) - sorted(counts.values())[1] <= 1


def test_forms_of_the_other_gender_lead_back() -> None:
    for form, others in OTHER.items():
        assert all(form in OTHER[other] for other in others if form != "hers")


def test_a_control_of_bug_names_a_woman_or_a_man() -> None:
    (item, control), *_ = bug_sentences(BUG_DATA)
    assert item.text == "The worker0 said at 0 that she would come."
    assert control is not None
    assert control.text == "The woman said at 0 that she would come."


def test_the_accuracy_of_bug_is_that_of_sentences_and_not_of_an_average_profession() -> None:
    """One profession of many sentences, all expected, and others of few, none of them expected."""
    columns = BUG_DATA.columns
    rows = [at for at, name in enumerate(columns["profession"]) if name == "worker0" for _ in range(20)]
    rows += [at for at, name in enumerate(columns["profession"]) if name in ("worker1", "worker2")]
    data = table("bug", {name: [cells[at] for at in rows] for name, cells in columns.items()})
    ctx = Context(seed=0, options=BUG.options.model_validate({}), capabilities=frozenset(CAUSAL), data={"bug": data})
    found = drive(BUG, ctx, Writer(lambda text: 1.0 if "worker0 " in text else -1.0))
    [groups] = [one for one in found.evidence if one.id == "groups"]
    shares = {str(row[0]): (int(str(row[1])), row[3]) for row in groups.rows}
    for gender in ("feminine", "masculine"):
        known = [(n, float(str(share))) for name, (n, share) in shares.items() if name.startswith(gender) and n]
        pooled = sum(n * share for n, share in known) / sum(n for n, _ in known)
        assert value(found, "accuracy", gender=gender).value == pytest.approx(pooled)
