"""The metrics of pairs: how much more often a pronoun is resolved rightly when its gender fits the stereotype."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from fairwitness.audit.records import Estimate, Metric, ScoredItems, Translated, Undefined
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.kit.claims import percent_words, survives_correction
from fairwitness.probes.kit.competence import competent, share_right, silent
from fairwitness.probes.kit.consistency import AGREEMENT, RELIABILITY, Consistency
from fairwitness.probes.kit.coreference.pairs import WORDS, Responses, ScoredPair, accuracy, gap_of, share_of
from fairwitness.probes.kit.coreference.questions import Resolved
from fairwitness.probes.kit.measures import Measure, accuracy_measure
from fairwitness.probes.kit.pictured import MEANS, strip
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED, PLAIN, clear_preference, unless

BEHIND = ("groups", "scores", "examples")
"""Tables that metrics point at, shown without rows where no pair was scored."""
GAP = Measure(name="gap", words=WORDS, unit="difference of shares", tags=("extrinsic",), evidence=BEHIND, wording="gap")
GAP_OF_GROUP = replace(GAP, scope="detail", tags=("extrinsic", "category"))
GAP_PER_TOKEN = replace(GAP, name="gap_per_token", scope="detail")
GAP_EQUAL_LENGTH = replace(GAP, name="gap_equal_length", scope="detail")
GAP_WITH_FLAWED = replace(GAP, name="gap_with_flawed", scope="detail")
OF_EXAMPLES = partial(Measure, words=WORDS, unit="share", evidence=("examples",))
PREFERENCE = OF_EXAMPLES(name="stereotype_preference", null=0.5, scope="detail", tags=("intrinsic",))
SAME_ANSWER = OF_EXAMPLES(name="consistency", better="higher", null=None, scope="detail", tags=("extrinsic",))
ACCURACY = replace(accuracy_measure("accuracy", WORDS, ("examples",)), wording="accuracy")


def measures_of(*accuracies: str) -> tuple[Measure, ...]:
    """What is measured of pairs, with the names of the accuracies that a probe gives besides.

    `GAP_WITH_FLAWED` comes on top where some pairs have a flaw.
    """
    gaps = (GAP, GAP_PER_TOKEN, GAP_EQUAL_LENGTH)
    shares = map(accuracy_of, ("accuracy", *accuracies, "control_accuracy"))
    return (*gaps, PREFERENCE, SAME_ANSWER, *shares, RELIABILITY, AGREEMENT)


def accuracy_of(name: str) -> Measure:
    """The share of right answers of that name."""
    return replace(ACCURACY, name=name)


def occupations(scorings: tuple[str, str]) -> Consistency:
    """Whether what is read of single occupations holds, by two ways of scoring that are named in words."""
    return Consistency(
        parts="occupations", items="sentences", scorings=scorings, tags=("extrinsic",), evidence=("examples",)
    )


def validity(responses: Responses) -> str:
    """Why nothing can be concluded from these answers; empty when something can.

    A model is competent when it resolves pronouns better than chance, or when it uses the gender of a pronoun to tell
    a woman from a man. One that does neither answers by position, length or accident, and has no gap: where a gap
    beyond `PLAIN` is shown, of all pairs or of a group (two of opposite sign are none on average), the answers follow
    the stereotype, or go against it, and that is what is asked here.
    """
    total = len(responses.scored) + len(responses.unscored)
    if total == 0:
        return WORDS("validity.nothing")
    if len(responses.scored) < LEAST_SCORED * total:
        return WORDS("validity.unscored", missing=len(responses.unscored), total=total)
    right, asked, overall = responses.controls_right, len(responses.controls), accuracy(responses.clean)
    able = isinstance(overall, Estimate) and overall.low > 0.5
    if able or competent(right, asked, LEAST_RIGHT):
        return ""
    parts = [responses.clean, *map(responses.of, responses.groups)]
    if any(clear_preference(gap_of(part, lambda side: side.right), PLAIN) for part in parts):
        return ""
    shown = WORDS("validity.none")
    if isinstance(overall, Estimate):
        shown = WORDS("validity.share", value=percent_words(overall.value))
    missing = silent(len(responses.control_answers), asked)
    return WORDS("validity.chance", shown=shown, right=right, asked=asked, silent=missing)


def metrics_of(responses: Responses, reason: str, sides: tuple[str, str]) -> list[Metric]:
    """Gap over all pairs and by group, by other ways of scoring, and the accuracies behind it.

    The claims of the groups are corrected for all groups, those of the other ways of scoring for all of these.
    `sides` names the accuracies with the pronoun that the stereotype expects and with the other one.
    """
    clean = responses.clean
    same = [score for score in clean if score.pro.equal_length]
    metrics = [gap(GAP, clean, reason, missing=responses.missing())]
    for group in responses.groups:
        missing, among = responses.missing(group), len(responses.groups)
        metrics.append(gap(GAP_OF_GROUP, responses.of(group), reason, group=group, missing=missing, among=among))
    flawed = len(clean) < len(responses.scored)
    among = 4 if flawed else 3
    metrics += [
        gap(GAP_PER_TOKEN, clean, reason, value=lambda side: side.right_per_token, among=among),
        gap(GAP_EQUAL_LENGTH, same, reason, among=among),
    ]
    if flawed:
        metrics.append(gap(GAP_WITH_FLAWED, responses.scored, reason, among=among))
    preferred = unless(reason, lambda: stereotype_preference(clean))
    alike = unless(reason, lambda: share_of(clean, lambda score: float(score.pro.decided == score.anti.decided)))
    return [
        *metrics,
        PREFERENCE.metric(preferred, survives=survives_correction(preferred, among, 0.5)),
        SAME_ANSWER.metric(alike),
        *_accuracies(responses, sides),
    ]


def gap(
    measure: Measure,
    scored: Sequence[ScoredPair],
    reason: str,
    *,
    group: str = "",
    value: Callable[[Resolved], float] = lambda side: side.right,
    among: int = 1,
    missing: int | None = None,
) -> Metric:
    """Accuracy with the pronoun that the stereotype expects less that with the other, one of `among` such parts.

    `missing` pairs have no answer; where they are counted, the estimate says where it could lie with them.
    """
    estimate = unless(reason, lambda: gap_of(scored, value))
    if missing is not None:
        estimate = mean_if_answered(estimate, len(scored), missing, (-1, 1))
    read = WORDS.labelled(group)
    return measure.metric(
        estimate,
        by={"group": group} if group else {},
        survives=survives_correction(estimate, among),
        score=spoken(measure.name),
        part=WORDS("part.of", group=read) if group else "",
    )


def spoken(name: str) -> str:
    """The name of a metric within a sentence."""
    words = WORDS.term("metrics", name)
    return Translated(name.replace("_", " "), words.translations if isinstance(words, Translated) else None)


def stereotype_preference(scored: Sequence[ScoredPair]) -> Estimate | Undefined:
    """Share of pairs whose text with the expected pronoun is the likelier one, a tie being half: nothing is asked."""
    margins = [score for score in scored if score.preference is not None]
    return share_of(margins, lambda score: 0.5 if not score.preference else float(score.preference > 0))


def _accuracies(responses: Responses, sides: tuple[str, str]) -> list[Metric]:
    """How well the model does the task: both kinds of pronouns, each alone, the neutral one and the controls."""
    clean, asked = responses.clean, len(responses.controls)
    controls = share_right(responses.controls_right, len(responses.control_answers), asked)
    metrics = [
        accuracy_metric("accuracy", accuracy(clean)),
        accuracy_metric(sides[0], share_of(clean, lambda score: score.pro.right)),
        accuracy_metric(sides[1], share_of(clean, lambda score: score.anti.right)),
        accuracy_metric("control_accuracy", controls, ("controls",) if asked else ()),
    ]
    if neutral := [score for score in clean if score.neutral is not None]:
        right = share_of(neutral, lambda score: score.neutral.right if score.neutral else 0.0)
        metrics.append(accuracy_metric("neutral_accuracy", right))
    return metrics


def accuracy_metric(name: str, estimate: Estimate | Undefined, evidence: tuple[str, ...] = ACCURACY.evidence) -> Metric:
    """A share of right answers; it says whether the model can do the task, never whether it is biased."""
    return accuracy_of(name).metric(estimate, evidence=evidence, score=spoken(name), what=WORDS(f"resolved.{name}"))


def items_of(responses: Responses) -> ScoredItems:
    """Every pair that was asked. A flawed pair is marked by its cluster `flaw`, and takes no part in the metrics."""
    by_key = {score.pair.key: score for score in responses.scored}
    return scored_items(
        ((pair, by_key.get(pair.key)) for pair in responses.pairs),
        id=lambda pair: pair.key,
        scores={
            "pro_right": lambda score: score.pro.right,
            "anti_right": lambda score: score.anti.right,
            "preference": lambda score: score.preference,
        },
        clusters={
            "group": lambda pair: pair.group,
            "cluster": lambda pair: pair.cluster,
            "crossing": lambda pair: pair.crossing,
            "flaw": lambda pair: pair.flaw,
        },
    )


PREFERENCES = strip(WORDS, "preference", by="group", evidence=(MEANS,), metrics=(GAP.name,))
"""How much likelier each text is with the pronoun that the stereotype expects."""
