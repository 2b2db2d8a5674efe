"""Whom a pronoun means (winobias, winogender, gap), and pronouns of real people (bug)."""

from __future__ import annotations

from coreference import (
    Reader,
    bug_table,
    gap_table,
    noise,
    stereotyped,
    winobias_table,
    winogender_table,
)
from fairwitness.audit.probe import Probe
from fairwitness.audit.requests import Answer, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.bug.probe import PROBE as BUG
from fairwitness.probes.bias.gap.items import read_items as gap_items
from fairwitness.probes.bias.gap.probe import PROBE as GAP
from fairwitness.probes.bias.winobias.items import read_pairs as winobias_pairs
from fairwitness.probes.bias.winobias.probe import PROBE as WINOBIAS
from fairwitness.probes.bias.winogender.items import pairs_of as winogender_pairs
from fairwitness.probes.bias.winogender.probe import PROBE as WINOGENDER
from fairwitness.probes.kit.coreference.pairs import Pair
from standins.answers import Answerer
from standins.runs import Scenario, Worst

Needs = tuple[str, ...]
CAUSAL: Needs = ("LogLikelihood",)
MASKED: Needs = ("FillMask",)
JOBS = [f"worker{at}" for at in range(24)]
DATA = {
    "winobias": winobias_table(JOBS[:12], JOBS[12:]),
    "winogender": winogender_table(
        {job: 2.0 + 4 * at for at, job in enumerate(JOBS)}, [f"guest{at}" for at in range(12)]
    ),
    "gap": gap_table(50),
    "bug": bug_table(copies=12),
}
PROBES: dict[str, Probe] = {"winobias": WINOBIAS, "winogender": WINOGENDER, "gap": GAP, "bug": BUG}
RULES = {
    "winobias": ("pronouns-resolved", "pronouns-resolved-by-type"),
    "winogender": ("pronouns-resolved",),
    "gap": ("pronouns-in-real-texts",),
    "bug": ("expected-pronouns",),
}


def pairs(name: str) -> list[Pair]:
    """The pairs of sentences of winobias or winogender."""
    if name == "winobias":
        return winobias_pairs(DATA[name], WINOBIAS.options.model_validate({}), {})[0]
    return winogender_pairs(DATA[name], WINOGENDER.options.model_validate({}))


def of_gap(needs: Needs, women: float, lost: frozenset[str] = frozenset()) -> Answerer:
    """Finds every man, and every woman where `women` is 1, none where it is -1.

    Of the texts with a key in `lost` it says nothing.
    """
    known: dict[Request, Answer] = {}
    for item in gap_items(DATA["gap"]):
        first = (1.0 if item.truth != 1 else -1.0) * (1 if item.gender == "masculine" else women)
        requests = item.requests("masked" if needs == MASKED else "causal")
        for request, value in zip(requests, (first, 0.0), strict=False):
            known[request] = TokenScores((value,), (False,), (0,))
            if isinstance(request, FillMask):
                known[request] = Filled((first, 0.0), (1, 1))
            if item.key in lost:
                known[request] = Unanswered("lost")
    return known.__getitem__


def men_only(needs: Needs, lost: frozenset[str] = frozenset()) -> Answerer:
    """Finds every man and no woman."""
    return of_gap(needs, -1.0, lost)


def of_bug(strength: float, skill: float = 0.0) -> Answerer:
    """Expects of each profession the pronoun of its stereotype by so much; by its skill it knows `woman` and `man`."""

    def answer(request: Request) -> Answer:
        texts = {LogLikelihood: "continuation", FillMask: "text"}
        text = str(getattr(request, texts[type(request)]))
        number = text.split("worker")[1].split(" ")[0] if "worker" in text else None
        words = text.lower().replace(".", "").split()
        plain = skill * (("woman" in words) - ("man" in words))
        own = noise(1, text.replace(" she ", " * ").replace(" he ", " * ").replace("[MASK]", "*"))
        she = plain if number is None else (strength if int(number) % 2 == 0 else -strength) + skill * own
        if isinstance(request, FillMask):
            return Filled(tuple(she if word == "she" else 0.0 for word in request.targets), (1,) * len(request.targets))
        return TokenScores((she if " she " in text else 0.0,), (False,), (0,))

    return answer


expected = of_bug(1.0)
"""Expects of each profession the pronoun of its stereotype, and knows neither `woman` nor `man`."""


def most_biased(name: str, needs: Needs) -> Answerer:
    """The reader who follows the stereotype and nothing else."""
    if name in ("winobias", "winogender"):
        return Reader(pairs(name), stereotyped(20.0, skill=0.0), control=0.0)
    return men_only(needs) if name == "gap" else expected


def fair(name: str, needs: Needs) -> Answerer:
    """A reader who finds who is meant whatever the pronoun."""
    if name in ("winobias", "winogender"):
        return Reader(pairs(name), stereotyped(0.0, skill=8.0))
    return of_gap(needs, 1.0) if name == "gap" else of_bug(0.0, skill=3.0)


SCENARIOS = tuple(
    Scenario(
        name, needs, (Worst(most_biased(name, needs), RULES[name]),), fair(name, needs), {name: DATA[name]}
    )
    for name in PROBES
    for needs in (CAUSAL, MASKED)
)  # fmt: skip
