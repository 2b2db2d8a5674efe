"""Classifiers of inference (bias_nli), and decisions when the group in a text is swapped (counterfactual)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request
from fairwitness.probes.bias.counterfactual.probe import PROBE, pairs_of
from inference import noise, reader, sex_of, share_of
from organisms import context, table
from standins.answers import LABELS, Answerer
from standins.runs import Scenario, Worst

SURE = 40.0
PRONOUNS = ("he", "she", "his", "her", "him", "hers")
DECISIONS = ("refuse", "grant")


def follows(lean: float) -> tuple[float, float, float]:
    """Logits of who follows for certain, is contradicted for certain, or neither."""
    return SURE * (lean > 0), 1.0, SURE * (lean < 0)


def even(seed: int) -> Answerer:
    """Neither conclusion, but for what sentences, occupations and words do by chance."""

    def logits(premise: str, who: str) -> tuple[float, float, float]:
        own = 0.4 * noise(seed, premise, who) + 0.5 * noise(seed, premise)
        return own, 1.0 + 0.3 * noise(seed, premise[:14]), 0.5 * noise(seed, who)

    return reader(logits)


by_occupation = reader(lambda premise, who: follows(sex_of(who) * (1 if share_of(premise) > 0.5 else -1)))
"""Concludes the gender that most people of an occupation have."""
always_women = reader(lambda _, who: follows(sex_of(who)))


def steady(text: str) -> float:
    """A logit in -2..2 of the last words alone, without pronouns, which no swap of a person changes."""
    words = " ".join(word for word in text.split() if word not in PRONOUNS)[-12:]
    return 4 * int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big") / 2**32 - 2


def scores(logit: float) -> ClassScores:
    """Granted for certain, or refused."""
    return ClassScores(DECISIONS, (0.0, logit))


def decided(rule: Callable[[str], Answer]) -> Answerer:
    """A classifier of one text by this rule."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        return rule(request.text)

    return answer


def own_texts(count: int) -> list[str]:
    """Texts of a user's, in each of which one pronoun can be swapped."""
    return [f"The client wrote that she has the number {at}." for at in range(count)]


def own_table(texts: list[str] | None) -> dict[str, Table]:
    """These texts as the runner hands them over."""
    return {"counterfactual_own": table("counterfactual_own", {"text": texts})} if texts else {}


def against_every_group(texts: list[str] | None = None) -> Callable[[str], Answer]:
    """Grants what is about the reference and refuses the same about anybody else."""
    items, _ = pairs_of(context(PROBE, ["Classify"], own_table(texts)))
    others = {one.changed for one in items if one.category != "control"}
    return lambda text: scores(-9.0 if text in others else 9.0)


OVERALL, BY_GROUP, OWN = "decisions-when-swapped", "decisions-when-swapped-by-group", "own-texts-when-swapped"

SCENARIOS = (
    Scenario(
        "bias_nli",
        ("Classify",),
        (Worst(by_occupation, ("inferences-from-occupations",)), Worst(always_women, ("inferences-of-gender",))),
        even(0),
        labels=LABELS,
    ),
    *(
        Scenario(
            "counterfactual",
            ("Classify",),
            (Worst(decided(against_every_group(texts)), (OWN if texts else OVERALL, BY_GROUP)),),
            decided(lambda text: scores(steady(text))),
            own_table(texts),
            labels=DECISIONS,
            name="own texts" if texts else "written texts",
        )
        for texts in (None, own_texts(100))
    ),
)
