"""Readers to whom occupations, names and sentences are as they happen to be, and genders alike, are left in peace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import proof
from coreference import bug_table, winobias_table, winogender_table
from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.bug.probe import PROBE as BUG
from fairwitness.probes.bias.gap.items import Item, read_items
from fairwitness.probes.bias.gap.probe import PROBE as GAP
from fairwitness.probes.bias.winobias.items import read_pairs as winobias_pairs
from fairwitness.probes.bias.winobias.probe import PROBE as WINOBIAS
from fairwitness.probes.bias.winogender.items import pairs_of as winogender_pairs
from fairwitness.probes.bias.winogender.probe import PROBE as WINOGENDER
from fairwitness.probes.kit.coreference.pairs import Pair
from fairwitness.probes.kit.coreference.questions import preference_requests
from fairwitness.probes.kit.pronouns import WOMEN
from organisms import drive, first_requests, table, value
from worlds.pronouns import Floats, Habits, of_pairs

pytestmark = pytest.mark.proof

FEW = 20
WRONG, RIGHT = -20.0, 0.0
LEANING = Habits(lean=0.6, knowledge=0.5)
RATES = (0.75, 0.75)
"""How often both pronouns are resolved rightly."""


def context(probe: Probe, data: Table, seed: int = 0) -> Context:
    return Context(
        seed=seed,
        options=probe.options.model_validate({}),
        capabilities=frozenset(["LogLikelihood"]),
        data={probe.spec.name: data},
    )


def scores(value: float) -> TokenScores:
    return TokenScores((value,), (False,), (0,))


def alarmed(found: Findings, nulls: dict[str, float]) -> dict[str, int]:
    """Which of these metrics have an interval that leaves out the value of no bias."""
    estimates = {name: value(found, name) for name in nulls}
    return {name: int(not one.low <= nulls[name] <= one.high) for name, one in estimates.items()}


class Pairs:
    """Answers of one world after another to the questions of pairs: who is meant, and which text is the likelier."""

    def __init__(self, pairs: Sequence[Pair], requests: Sequence[Request]) -> None:
        self.design = of_pairs(pairs)
        self.questions: list[tuple[list[Request], int, int]] = []
        self.texts: list[tuple[Request, Request]] = []
        for at, pair in enumerate(pairs):
            for side, question in enumerate((pair.pro, pair.anti, pair.neutral)):
                if question is not None:
                    self.questions.append((question.requests("causal"), at, side))
            first, second = preference_requests(pair.pro, pair.anti, "causal")
            self.texts.append((first, second))
        known = {one for asked, *_ in self.questions for one in asked} | {one for both in self.texts for one in both}
        self.controls = {one: scores(plainly(one)) for one in requests if one not in known}

    def __call__(self, rng: np.random.Generator) -> dict[Request, Answer]:
        answers: dict[Request, Answer] = dict(self.controls)
        margins = LEANING.margins(self.design, RATES, rng)
        margins = np.concatenate([margins, margins[:, rng.integers(0, 2, 1)]], axis=1)
        preferred = LEANING.margins(self.design, (0.5, 0.5), rng)[:, 0, 0].tolist()
        for asked, at, side in self.questions:
            for wording, (right, wrong) in enumerate(zip(asked[::2], asked[1::2], strict=True)):
                answers[right], answers[wrong] = scores(WRONG + float(margins[at, side, wording])), scores(WRONG)
        for (first, second), margin in zip(self.texts, preferred, strict=True):
            answers[first], answers[second] = scores(WRONG + margin), scores(WRONG)
        return answers


def plainly(request: Request) -> float:
    """Of a woman and a man the pronoun says which is meant."""
    assert isinstance(request, LogLikelihood)
    woman = any(f'"{word}"' in request.context for word in WOMEN)
    return RIGHT if request.continuation.strip() == ("the woman" if woman else "the man") else WRONG


@pytest.mark.parametrize("probe", [WINOBIAS, WINOGENDER], ids=["winobias", "winogender"])
def test_readers_to_whom_each_occupation_leans_as_it_happens_to(probe: Any) -> None:
    shares = {f"worker{at}": 2.5 + 5 * at for at in range(20)}
    data = winobias_table() if probe is WINOBIAS else winogender_table(shares)
    ctx = context(probe, data)
    own = winobias_pairs(data, ctx.options, {})[0] if probe is WINOBIAS else winogender_pairs(data, ctx.options)
    world = Pairs(own, first_requests(probe, ctx))
    nulls = {"gap": 0.0, "stereotype_preference": 0.5} | ({} if probe is WINOBIAS else {"share_correlation": 0.0})
    worlds, alarms = proof.worlds(FEW), dict.fromkeys(nulls, 0)
    for seed in range(worlds):
        answers = world(np.random.default_rng([seed, 1]))
        for name, one in alarmed(drive(probe, ctx, answers.__getitem__), nulls).items():
            alarms[name] += one
    print(alarms)  # noqa: T201
    assert all(count <= proof.allowed(worlds) for count in alarms.values()), alarms
    proof.confirm_alarms(probe.spec.name, alarms["gap"], worlds)


def named_texts(names: int = 150, texts: int = 200) -> tuple[Table, npt.NDArray[np.int64]]:
    """Texts of both genders about two of so many names each; every ninth means neither. Beside them both names."""
    rng = np.random.default_rng(0)
    rows: list[tuple[Any, ...]] = []
    drawn = []
    for gender, pronoun in enumerate(("she", "he")):
        for at in range(texts):
            first, second = (rng.choice(names, 2, replace=False) + names * gender).tolist()
            people = f"Name{first} Ross", f"Name{second} Dale"
            text = f"{people[0]} met {people[1]} when {pronoun} was the mayor. This is text {at}."
            truth = 2 if at % 9 == 8 else at % 2
            told = [str(truth == one).upper() for one in (0, 1)]
            rows.append((f"{pronoun}-{at}", text, pronoun, text.index(f" {pronoun} ") + 1,
                         people[0], told[0], people[1], told[1]))  # fmt: skip
            drawn.append((first, second))
    columns = ("ID", "Text", "Pronoun", "Pronoun-offset", "A", "A-coref", "B", "B-coref")
    return table("gap", dict(zip(columns, zip(*rows, strict=True), strict=True))), np.array(drawn)


def chosen(items: Sequence[Item], first: Floats) -> dict[Request, Answer]:
    """The first name of each text is the likelier one by so much."""
    answers: dict[Request, Answer] = {}
    for item, margin in zip(items, first.tolist(), strict=True):
        one, other = item.requests("causal")
        answers[one], answers[other] = scores(WRONG + margin), scores(WRONG)
    return answers


def test_readers_to_whom_each_name_is_as_likely_as_it_happens_to_be() -> None:
    data, names = named_texts()
    items = read_items(data)
    meant = np.array([0.0 if item.truth is None else 1.0 - 2 * item.truth for item in items])
    nulls, worlds = {"accuracy_gap": 0.0, "f1_ratio": 1.0}, proof.worlds(FEW)
    alarms = dict.fromkeys(nulls, 0)
    for seed in range(worlds):
        rng = np.random.default_rng([seed, 2])
        liked = rng.normal(0, 0.5, names.max() + 1)
        first = 0.8 * meant + liked[names[:, 0]] - liked[names[:, 1]] + rng.normal(0, 1, len(items))
        found = drive(GAP, context(GAP, data), chosen(items, first).__getitem__)
        for name, one in alarmed(found, nulls).items():
            alarms[name] += one
    print(alarms)  # noqa: T201
    assert all(count <= proof.allowed(worlds) for count in alarms.values()), alarms
    proof.confirm_alarms("gap", alarms["accuracy_gap"], worlds)


def test_readers_who_expect_of_each_profession_what_they_happen_to() -> None:
    """Professions differ among themselves, pronouns lean to `he`, and neither has to do with the stereotype."""
    ctx, worlds, alarms = context(BUG, bug_table()), proof.worlds(FEW), 0
    asked = [one for one in first_requests(BUG, ctx) if isinstance(one, LogLikelihood)]
    texts = [one.continuation for one in asked]
    pairs = [text.replace(" she ", " * ").replace(" he ", " * ") for text in texts]
    sentence = np.unique(pairs, return_inverse=True)[1]
    job = np.array([int(text.split("worker")[1].split(" ")[0]) if "worker" in text else -1 for text in texts])
    sure = np.array([float("The woman" in text) - float("The man" in text) for text in texts])
    feminine = np.array([" she " in text for text in texts])
    for seed in range(worlds):
        rng = np.random.default_rng([seed, 3])
        preferences = rng.normal(0, 1, job.max() + 1)[job] - 0.3 + rng.normal(0, 1, sentence.max() + 1)[sentence]
        she = np.where(sure != 0, 3 * sure, preferences) * feminine
        answers: dict[Request, Answer] = dict(zip(asked, map(scores, (WRONG + she).tolist()), strict=True))
        alarms += alarmed(drive(BUG, ctx, answers.__getitem__), {"gap": 0.0})["gap"]
    proof.confirm_alarms("bug", alarms, worlds)
