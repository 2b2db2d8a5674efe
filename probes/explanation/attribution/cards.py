"""The card of a method: which of its checks it passed on this model, with their numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import Estimate, Metric, Undefined, joined
from fairwitness.probes.explanation.attribution import checks, measures
from fairwitness.probes.explanation.attribution.checks import ADDS_UP, AGREE, Explained, faults
from fairwitness.probes.explanation.attribution.items import (
    GRADIENTS,
    NAMES,
    SAMPLED,
    WORDS,
    AttributionOptions,
    MethodName,
)
from fairwitness.probes.explanation.attribution.measures import Texts
from fairwitness.probes.kit.claims import survivors
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.tables import mean_of

Status: TypeAlias = Literal["passed", "failed", "undecided", "not_run"]
Skipped: TypeAlias = Mapping[tuple[str, MethodName], Undefined]
"""Why checks were not run, by the name of their metric and the method."""
Read: TypeAlias = Callable[[Explained, MethodName], float | None]
SUMS: dict[MethodName, str] = {
    "lime": "reason.lime_sum",
    "shap": "reason.shap_sum",
    "shap_partition": "reason.shap_sum",
}
"""Why what a method leaves unexplained says nothing of it."""
STAYS = 0.5
"""Rank correlation with the map of a model that knows nothing, from which on the map does not speak of the model."""
ROUNDING = 1e-9
"""Log-odds that rounding may make of none."""
MOST_SENSITIVE = 0.5
"""Largest change of the values in a rewrite, as a share of their size: as much as seeds may differ at 0.8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of a method. It passes where the whole interval lies on the right side of the limit.

    It fails where the mean does not; between the two it is undecided.
    """

    measure: Measure
    read: Read
    missing: str
    """The reason where no text has the number."""
    limit: float = 0.0
    good: Literal["above", "at least", "at most", "below"] = "above"
    best: Read | None = None
    """What the best order that is known reaches."""
    of: Literal["values", "angles", "shares"] = "values"
    """What is averaged over texts."""
    low: float = -math.inf
    high: float = math.inf

    def estimate(self, texts: Texts, method: MethodName) -> Estimate | Undefined:
        """The mean over texts."""

        def read(text: Explained) -> float | None:
            return self.read(text, method)

        if self.of == "angles":
            return texts.mean_angle(read, self.missing)
        if self.of == "shares":
            return texts.share(read, self.missing)
        return texts.mean(read, self.missing, self.low, self.high)

    def status(self, estimate: Estimate | Undefined) -> Status:
        """What an estimate says of the check."""
        if isinstance(estimate, Undefined):
            return "not_run"
        worst = estimate.low if self.good in ("above", "at least") else estimate.high
        return "passed" if self._holds(worst) else "undecided" if self._holds(estimate.value) else "failed"

    def _holds(self, value: float) -> bool:
        match self.good:
            case "above":
                return value > self.limit + ROUNDING
            case "at least":
                return value >= self.limit
            case "at most":
                return value <= self.limit
            case "below":
                return value < self.limit


COMPLETENESS = Check(
    measure=measures.UNEXPLAINED, read=checks.unexplained, missing="reason.no_answer", limit=ADDS_UP, good="at most"
)
COMPREHENSIVENESS = Check(
    measure=measures.COMPREHENSIVENESS,
    read=checks.comprehensiveness_gain,
    missing="reason.no_test",
    best=checks.best_comprehensiveness,
)
SUFFICIENCY = Check(
    measure=measures.SUFFICIENCY,
    read=checks.sufficiency_gain,
    missing="reason.no_test",
    best=checks.best_sufficiency,
)
DECISIVE = Check(
    measure=measures.DECISIVE,
    read=checks.decisive_word_found,
    missing="reason.no_decisive",
    limit=1.0,
    good="at least",
    of="shares",
)
INFIDELITY = Check(measure=measures.INFIDELITY, read=checks.infidelity_gain, missing="reason.no_loss")
AGREES = partial(Check, limit=AGREE, good="at least", of="angles")
SEEDS = AGREES(measure=measures.SEEDS, read=checks.seed_agreement, missing="reason.no_seeds")
SENSITIVITY = Check(
    measure=measures.SENSITIVITY,
    read=checks.sensitivity,
    missing="reason.no_rewrite",
    limit=MOST_SENSITIVE,
    good="at most",
)
PARAPHRASE = AGREES(measure=measures.PARAPHRASE, read=checks.paraphrase_agreement, missing="reason.no_rewrite")
CHANGES = partial(Check, limit=STAYS, good="below", low=-1.0, high=1.0)
HEAD = CHANGES(measure=measures.HEAD, read=partial(checks.randomised_agreement, role="head"), missing="reason.no_head")
ALL = CHANGES(measure=measures.ALL, read=partial(checks.randomised_agreement, role="all"), missing="reason.no_random")
CHECKS = (
    *(COMPLETENESS, COMPREHENSIVENESS, SUFFICIENCY, DECISIVE, INFIDELITY),
    *(SEEDS, SENSITIVITY, PARAPHRASE, HEAD, ALL),
)
GAINS = (COMPREHENSIVENESS, SUFFICIENCY, INFIDELITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a check says of a method; `applies` is False where it has nothing to say of it on this model."""

    check: Check
    method: MethodName
    estimate: Estimate | Undefined
    status: Status
    applies: bool
    best: float | None
    """What it is beside: the best order that is known, or how much of the model's own reaction stays."""
    note: str = ""

    @property
    def why(self) -> str:
        """The reason why there is no number, or why it decides nothing; empty where neither is so."""
        return self.estimate.reason if isinstance(self.estimate, Undefined) else self.note


@dataclass(frozen=True, slots=True)
class Card:
    """All checks of one method."""

    method: MethodName
    results: Sequence[Result]

    @property
    def status(self) -> Status:
        """Failed where a check failed; passed where every check that applies was run and passed."""
        statuses = {result.status for result in self.results if result.applies}
        if "failed" in statuses:
            return "failed"
        return "passed" if statuses == {"passed"} else "undecided"

    @property
    def failed(self) -> list[Result]:
        """The checks that it failed."""
        return [result for result in self.results if result.status == "failed"]


def unasked_checks(options: AttributionOptions) -> Skipped:
    """Why checks were not run because the options leave them out."""
    left: dict[tuple[str, MethodName], Undefined] = {}
    for method in options.methods:
        for check in (SENSITIVITY, PARAPHRASE) if not options.rewrites else ():
            left[check.measure.name, method] = WORDS.undefined("reason.not_rewritten", "not_asked", "not_asked")
        for check in (HEAD, ALL) if not options.randomised else ():
            left[check.measure.name, method] = WORDS.undefined("reason.not_randomised", "not_asked", "not_asked")
        if options.seeds == 1 and method in SAMPLED:
            left[SEEDS.measure.name, method] = WORDS.undefined("reason.one_seed", "not_asked", "not_asked")
    return left


def unasked_note(left: Skipped, texts: Texts) -> list[str]:
    """Which checks the options leave out, where they do; or that one text has no card at all."""
    if len(texts.explained) == 1:
        return [WORDS("note.single")]
    names = {name for name, _ in left}
    unasked = [WORDS(f"check.{check.measure.name}") for check in CHECKS if check.measure.name in names]
    return [WORDS("note.unasked", checks=joined(COMMA, unasked))] if unasked else []


def cards(texts: Texts, methods: Sequence[MethodName], skipped: Skipped) -> dict[MethodName, Card]:
    """The card of every method; `skipped` says why checks were not run, by the name of their metric and the method."""
    return {method: Card(method, [_result(texts, method, check, skipped) for check in CHECKS]) for method in methods}


def _result(texts: Texts, method: MethodName, check: Check, skipped: Skipped) -> Result:
    nothing = _nothing_to_check(check, method)
    if nothing:
        estimate: Estimate | Undefined = WORDS.undefined(nothing, "not_asked", "not_asked")
    elif (check.measure.name, method) in skipped and method not in texts.missing:
        estimate = skipped[check.measure.name, method]
    else:
        estimate = check.estimate(texts, method)
    best = None if check.best is None else _mean(texts, check.best, method)
    status = check.status(estimate)
    note = ""
    if check is COMPLETENESS and status != "not_run":
        status = _completeness(texts)
    if check is DECISIVE:
        status, note = _decisive(texts, method, estimate)
    if check is HEAD:
        status, best, note = head_status(texts, method, status)
    applies = not nothing and not note
    return Result(check=check, method=method, estimate=estimate, status=status, applies=applies, best=best, note=note)


def head_status(texts: Texts, method: MethodName, status: Status) -> tuple[Status, float | None, str]:
    """What the check with a random head says, what it is compared with, and a note where it can say nothing.

    A model may react to the same words with any head: then a map that stays speaks of it as well as one that changes.
    So a map that stays fails where it stays longer than the model's own reaction, or where that is not known.
    """
    known = texts.mean(checks.reaction_agreement, "reason.no_head")
    longer = texts.mean(partial(checks.stays_longer, method=method), "reason.no_head")
    if isinstance(known, Undefined) or isinstance(longer, Undefined):
        return status, None, ""
    if status in ("passed", "not_run") or known.value < STAYS:
        return status, known.value, ""
    if longer.low > 0:
        return "failed", known.value, ""
    return "undecided", known.value, WORDS("reason.reacts", value=f"{known.value:.2f}")


def _completeness(texts: Texts) -> Status:
    """Every text has to add up by itself: a mean would let one that does not pass among many."""
    left = [value for text in texts.explained if (value := checks.unexplained(text, GRADIENTS)) is not None]
    return _on_every_text([value <= ADDS_UP for value in left])


def _decisive(texts: Texts, method: MethodName, estimate: Estimate | Undefined) -> tuple[Status, str]:
    """What is said of decisive words, text by text; with a note where fewer than two of those tested have one."""
    shown = [first for text in texts.explained if (first := text.first(method)) is not None]
    values = [value for text in texts.explained if (value := checks.decisive_word_found(text, method)) is not None]
    if isinstance(estimate, Undefined):
        return "not_run", estimate.reason if any(attribution.single_removal for attribution in shown) else ""
    return _on_every_text([bool(value) for value in values]), ""


def _on_every_text(good: Sequence[bool]) -> Status:
    return "passed" if all(good) else "failed" if 2 * sum(good) < len(good) else "undecided"


def _nothing_to_check(check: Check, method: MethodName) -> str:
    """Why a check has nothing to say of a method whatever the model; empty where it has."""
    if check is COMPLETENESS and method != GRADIENTS:
        return SUMS.get(method, "reason.no_sum")
    return "reason.no_randomness" if check is SEEDS and method not in SAMPLED else ""


def _mean(texts: Texts, read: Read, method: MethodName) -> float | None:
    return mean_of([value for text in texts.explained if (value := read(text, method)) is not None])


def metrics(texts: Texts, made: Mapping[MethodName, Card]) -> list[Metric]:
    """The number of every check of every method. Gains over chance are claimed where all methods together allow it."""
    listed: list[Metric] = []
    for number, check in enumerate(CHECKS):
        results = {method: card.results[number] for method, card in made.items()}
        shown = survivors({method: result.estimate for method, result in results.items()}) if check in GAINS else None
        for method, result in results.items():
            survives = shown is None or method in shown
            listed.append(texts.metric(check.measure, result.estimate, method, survives=survives))
    return listed


def notes(made: Mapping[MethodName, Card], texts: Texts) -> list[str]:
    """A note for each method whose values are not to be read, or were unreliable on some texts."""
    listed = []
    for method, card in made.items():
        if method in texts.missing:
            continue
        count, bad = measures.unreliable(texts.explained, method)
        if card.status == "failed":
            names = [WORDS(f"check.{result.check.measure.name}") for result in card.failed]
            listed.append(WORDS("note.card", method=NAMES[method], checks=joined(COMMA, names)))
        elif bad:
            listed.append(WORDS("note.faults", method=NAMES[method], bad=bad, count=count))
    return listed


def doubted(card: Card | None, text: Explained, method: MethodName) -> bool:
    """Whether the values of a method on a text are not to be read."""
    return (card is not None and card.status == "failed") or bool(faults(text, method))
