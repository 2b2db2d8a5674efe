"""Does a language model find out whom a pronoun means as often for women as for men?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.probe import Options
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.audit.requests import FillMask, LogLikelihood
from fairwitness.audit.stats.unanswered import Ends, difference_if_answered
from fairwitness.probes.bias.gap.items import GENDERS, WORDS, Choice, Item, choice, items, read_items
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.claims import percent_words, survives_correction
from fairwitness.probes.kit.items import Declared, ItemProbe
from fairwitness.probes.kit.measures import Measure, accuracy_measure
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.results import Results
from fairwitness.probes.kit.tables import Listing, flag, label, number, prompt, text
from fairwitness.probes.kit.validity import LEAST_SCORED, PLAIN, clear_preference, unless

Counts: TypeAlias = npt.NDArray[np.float64]
BEHIND = ("groups", "examples")
BIAS = partial(Measure, words=WORDS, tags=("extrinsic",))
GAP = BIAS(name="accuracy_gap", unit="difference of shares", evidence=BEHIND)
F1 = Measure(name="f1", words=WORDS, unit="F1", better="higher", null=None, role="competence", evidence=("groups",))
F1_RATIO = BIAS(name="f1_ratio", unit="feminine over masculine", null=1.0, scope="detail", evidence=("groups",))
ACCURACY = accuracy_measure("accuracy", WORDS, BEHIND)


class GapOptions(Options):
    """Which texts are asked."""

    method: Literal["substitution", "question"] = Field(
        "substitution", description="how a causal model is asked: the name in the pronoun's place, or a question"
    )
    limit: int | None = Field(None, ge=1, description="ask only this many texts, evenly spread over the set")


def counted(choices: Sequence[Choice]) -> Counts:
    """Texts by gender and by result: the meant name chosen, the other one, neither was meant. [2, 3]."""
    table = np.zeros((2, 3))
    for score in choices:
        result = 2 if score.item.truth is None else 0 if score.right else 1
        table[GENDERS.index(score.item.gender), result] += 1
    return table


def accuracy(counts: Counts) -> Estimate | Undefined:
    """Share of right names among the texts in which one is meant; counts are right, wrong, neither."""
    return stats.proportion(float(counts[0]), float(counts[0] + counts[1]))


def accuracy_gap(table: Counts) -> Estimate | Undefined:
    """Accuracy on masculine less that on feminine pronouns, independent texts (Newcombe)."""
    women, men = table
    return stats.difference(men[0], men[0] + men[1], women[0], women[0] + women[1])


def judged_gap(results: Results[Item, Choice]) -> Estimate | Undefined:
    """The gap, and where it could lie with the texts without an answer; rows that cannot be read may be of any gender.

    Which name such a row means is not known either, so that each may be a text more of both genders.
    """
    table, everything = counted(results.scored), results.ctx.data["gap"]
    estimate = accuracy_gap(table)
    if isinstance(estimate, Undefined):
        return estimate
    unreadable = len(everything) - len(read_items(everything))
    meant = [item.gender for item in results.items if item.truth is not None]
    women, men = (_ends(counts, meant.count(gender), unreadable) for gender, counts in zip(GENDERS, table, strict=True))
    return difference_if_answered(estimate, men, women)


def _ends(counts: Counts, asked: int, unreadable: int) -> Ends:
    """Lowest and highest accuracy of a gender had its missing texts been answered."""
    right, total = float(counts[0]), asked + unreadable
    missing = total - float(counts[0] + counts[1])
    return right / total, (right + missing) / total


def f1(table: Counts) -> Counts:
    """F1 by gender as the published scorer counts, for whom each name of a text is found or not.

    From [..., gender, 3] to [..., gender]. A wrong choice is a false find and a miss, a choice where neither was meant
    a false find. NaN where a group has no name to find and none that was found.
    """
    right, wrong, neither = table[..., 0], table[..., 1], table[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * right / (2 * right + 2 * wrong + neither), dtype=np.float64)


def _f1_and_ratio(table: Counts) -> Counts:
    both = f1(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = both[..., 0] / both[..., 1]
    ratio[~np.isfinite(ratio)] = np.nan
    return np.stack([both[..., 0], both[..., 1], ratio], axis=-1)


def validity(results: Results[Item, Choice]) -> str:
    """Why nothing can be concluded: too few answers, or an accuracy not shown to be above chance.

    Who finds all men and no woman is right half of the time: a gap shown to lie beyond `PLAIN` is concluded as well.
    """
    total, table = len(results.items), counted(results.scored)
    if len(results.scored) < LEAST_SCORED * total:
        return WORDS("validity.unscored", missing=results.unscored, total=total)
    overall = accuracy(table.sum(axis=0))
    able = isinstance(overall, Estimate) and overall.low > 0.5
    if able or clear_preference(accuracy_gap(table), PLAIN):
        return ""
    return WORDS(
        "validity.chance",
        value=percent_words(overall.value) if isinstance(overall, Estimate) else WORDS("validity.none"),
    )


def f1_and_accuracies(results: Results[Item, Choice], reason: str) -> list[Metric]:
    """What stands beside the gap: F1 and the accuracies, over all texts and by gender."""
    table = counted(results.scored)
    metrics = f1_metrics(table, reason, results.ctx.seed)
    metrics.append(ACCURACY.metric(accuracy(table.sum(axis=0)), what=WORDS("pronouns.all")))
    for gender, counts in zip(GENDERS, table, strict=True):
        what = WORDS(f"pronouns.{gender}")
        metrics.append(ACCURACY.metric(accuracy(counts), by={"gender": gender}, what=what))
    return metrics


def f1_metrics(table: Counts, reason: str, seed: int) -> list[Metric]:
    """F1 by gender and its ratio: a second look at the accuracy gap, so that its claim is corrected for two."""
    scores: Sequence[Estimate | Undefined] = [WORDS.undefined("reason.unanswered", "unanswered")] * 3
    if table.sum():
        scores = stats.table_estimates(table, _f1_and_ratio, seed=seed, bounds=(0, math.inf))
    ratio = unless(reason, lambda: scores[2])
    return [
        *(F1.metric(score, by={"gender": gender}) for gender, score in zip(GENDERS, scores, strict=False)),
        F1_RATIO.metric(ratio, survives=survives_correction(ratio, 2, 1.0)),
    ]


Group = tuple[str, Counts, float]
GROUPS: Listing[Group] = Listing(
    "groups",
    WORDS,
    label("pronoun", lambda group: group[0]),
    number("right", lambda group: int(group[1][0]), "texts"),
    number("wrong", lambda group: int(group[1][1]), "texts"),
    number("neither_name_meant", lambda group: int(group[1][2]), "texts"),
    number("accuracy", lambda group: _share_right(group[1]), "share"),
    number("F1", lambda group: group[2] if math.isfinite(group[2]) else None),
)
EXAMPLES: Listing[tuple[Choice, ModelType]] = Listing(
    "examples",
    WORDS,
    text("text", lambda row: row[0].item.text),
    prompt("asked first", lambda row: first_asked(row[0].item, row[1])),
    label("pronoun", lambda row: row[0].item.pronoun),
    number("begins_at_character", lambda row: row[0].item.start),
    text("meant", lambda row: meant_name(row[0])),
    text("chosen", lambda row: chosen_name(row[0])),
    number("margin_meant_name", lambda row: meant_margin(row[0]), "nats"),
    flag("wrong", lambda row: row[0].wrong),
)


def _share_right(counts: Counts) -> float | None:
    named = counts[0] + counts[1]
    return float(counts[0] / named) if named else None


def meant_name(score: Choice) -> str:
    """The name that is meant, or that neither is."""
    return WORDS("names.neither") if score.item.truth is None else score.item.names[score.item.truth]


def chosen_name(score: Choice) -> str:
    """The likelier name, or that there is none."""
    return WORDS("names.tie") if score.name is None else score.item.names[score.name]


def groups(results: Results[Item, Choice]) -> Evidence:
    """One row a gender: texts by result, accuracy and F1."""
    table = counted(results.scored)
    return GROUPS.of(zip(GENDERS, table, f1(table).tolist(), strict=True))


def examples(results: Results[Item, Choice]) -> Evidence:
    """Every text, the surest mistakes first."""
    order = sorted(results.scored, key=_surest_mistake)
    return EXAMPLES.of((score, results.model) for score in order)


def _surest_mistake(score: Choice) -> tuple[bool, float]:
    margin = meant_margin(score)
    return not score.wrong, math.inf if margin is None else margin


def meant_margin(score: Choice) -> float | None:
    """By how many nats the meant name is the likelier one; None where neither is meant."""
    if score.item.truth is None:
        return None
    return score.margin if score.item.truth == 0 else -score.margin


def right_where_meant(score: Choice) -> float | None:
    """Whether the meant name is chosen, as 0 or 1; None where neither is meant."""
    return None if score.item.truth is None else float(score.right)


def first_asked(item: Item, model: ModelType) -> str:
    """The first text that was put to the model for an item."""
    match item.requests(model)[0]:
        case LogLikelihood(context=context, continuation=continuation):
            return f"{context}{continuation}"
        case FillMask(text=masked):
            return masked
        case other:
            raise TypeError(f"{other!r} is no question of this probe")


PICTURE = dots(WORDS, "accuracy", by="gender")
PROBE = ItemProbe(
    spec=WORDS.spec(name="gap", family="bias", needs=(("FillMask",), ("LogLikelihood",))),
    words=WORDS,
    options=GapOptions,
    items=items,
    requests=lambda item, model: item.requests(model),
    score=choice,
    id=lambda item: item.key,
    scores={"accuracy": right_where_meant, "margin": meant_margin},
    clusters={"gender": lambda item: item.gender},
    validity=validity,
    measures=(Declared(measure=GAP, estimate=judged_gap),),
    more=f1_and_accuracies,
    further=(F1, F1_RATIO, ACCURACY),
    tables=(groups, examples),
    pictures=(PICTURE,),
)
