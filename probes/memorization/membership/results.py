"""The metrics of a run, and why none of them means what it says: a split that can be told without the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.roc import FEWEST_ALARMS, tpr_at_fpr, tpr_if_answered
from fairwitness.audit.stats.unanswered import with_ends
from fairwitness.audit.words import Shown
from fairwitness.probes.kit.competence import SURE
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.memorization.membership.attacks import Attack, FloatArray
from fairwitness.probes.memorization.membership.blind import ALL, Blind
from fairwitness.probes.memorization.membership.inference import SetInference
from fairwitness.probes.memorization.membership.items import WORDS

FALSE_ALARMS = 0.01
ALPHA = 0.03
"""Of the permutation test, so that it and the interval together call one clean split in twenty shifted."""
NEEDED = round(FEWEST_ALARMS / FALSE_ALARMS)
OWN = partial(Measure, words=WORDS, better="lower", tags=("own_data",), evidence=("attacks",))
AUC = OWN(name="membership_auc", unit="AUC", null=0.5)
TPR = OWN(name="membership_tpr", unit="share", null=FALSE_ALARMS)
ABOVE_BLIND = OWN(name="membership_above_blind", unit="difference of AUC", null=0.0)
SET = OWN(name="set_difference", unit="SD", null=0.0)
BLIND = Measure(
    name="blind_auc", words=WORDS, unit="AUC", better="none", null=0.5, role="description", evidence=("blind",)
)
CONTROLS = Measure(
    name="controls_right", words=WORDS, unit="share", better="higher", null=None, role="competence", evidence=()
)
MEASURES = (AUC, TPR, ABOVE_BLIND, SET, BLIND, CONTROLS)


@dataclass(frozen=True, eq=False)
class AttackResult:
    """An attack with what it comes to; `missing` members and non-members had no score."""

    attack: Attack
    auc: Estimate | Undefined
    tpr: Estimate | Undefined
    above_blind: Estimate | Undefined


def judged(
    attack: Attack,
    member: npt.NDArray[np.bool_],
    blind: FloatArray,
    drawn: npt.NDArray[np.int64],
    missing: tuple[int, int],
) -> AttackResult:
    """AUC and TPR of an attack, and by how much it beats the blind baseline on the documents that both have seen.

    `blind` are the scores of the documents at the places `drawn`.
    """
    if isinstance(attack.scores, Undefined):
        return AttackResult(attack, attack.scores, attack.scores, attack.scores)
    values = attack.scores
    yes, no = values[member], values[~member]
    auc = auc_if_answered(stats.auc(values, member), (len(yes), len(no)), missing)
    tpr = tpr_if_answered(share_found(yes, no), yes, no, FALSE_ALARMS, missing)
    above = stats.paired_auc_difference(values[drawn], blind, member[drawn])
    return AttackResult(attack, auc, tpr, above)


def share_found(yes: FloatArray, no: FloatArray) -> Estimate | Undefined:
    """The share of members found at 1 % false alarms; undefined below 300 non-members."""
    if len(no) < NEEDED:
        return reasons.few(len(no), NEEDED, WORDS("unit.nonmembers"))
    return tpr_at_fpr(yes, no, FALSE_ALARMS)


def auc_if_answered(
    auc: Estimate | Undefined, sizes: tuple[int, int], missing: tuple[int, int]
) -> Estimate | Undefined:
    """The AUC with its ends had the `missing` members and non-members been ranked at the worst and the best place."""
    if isinstance(auc, Undefined):
        return auc
    pairs = sizes[0] * sizes[1]
    total = (sizes[0] + missing[0]) * (sizes[1] + missing[1])
    return with_ends(auc, (auc.value * pairs / total, 1 - (1 - auc.value) * pairs / total))


def blind_auc(blind: Blind, member: npt.NDArray[np.bool_], family: str = ALL) -> Estimate | Undefined:
    """The AUC of a blind classifier, its interval never narrower than what its permutations vary by.

    Scores of cross-validation vary more than those of a fixed classifier, which is what DeLong's variance is about.
    """
    auc = stats.auc(blind.scores[family], member)
    if isinstance(auc, Undefined):
        return auc
    spread = float(blind.permuted[family].std(ddof=1))

    def interval(level: float) -> tuple[float, float]:
        known = auc.at(level)
        reach = stats.normal_quantile(level) * spread
        ends = (auc.value - reach, auc.value + reach)
        return ends if known is None else (min(ends[0], known.low), max(ends[1], known.high))

    method = "wider of DeLong and of permutations, cross-validated"
    return stats.estimate(auc.value, interval, n=auc.n, method=method, bounds=(0.0, 1.0))


def shifted(blind: Blind, auc: Estimate | Undefined) -> str:
    """Why no attack means anything here: the sides can be told apart without the model; empty where they cannot."""
    if not isinstance(auc, Estimate):
        return ""
    if auc.low > 0.5 or blind.chance <= ALPHA:
        return WORDS("reason.shifted", auc=Shown(auc.value, ".2f"), p=Shown(blind.chance, ".2g"))
    return ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What keeps the attacks from being concluded: `always`, or unless they are shown to work all the same."""

    always: Undefined | None = None
    unless_shown: str = ""

    def of(self, estimate: Estimate | Undefined, null: float) -> Estimate | Undefined:
        """The estimate where it may be concluded, else why not."""
        if isinstance(estimate, Undefined) and estimate.kind == "not_asked":
            return estimate
        if self.always is not None:
            return self.always
        if self.unless_shown and not _surely_above(estimate, null):
            return reasons.invalid(self.unless_shown)
        return estimate


def _surely_above(estimate: Estimate | Undefined, null: float) -> bool:
    """Whether it lies above the null value at 99 %: of five scores by chance one lies above at 95 % too often."""
    sure = estimate.at(SURE) if isinstance(estimate, Estimate) else None
    return sure is not None and sure.low > null


def metrics(
    attacks: Sequence[AttackResult], inference: SetInference | None, blind: Estimate | Undefined, verdicts: Verdicts
) -> list[Metric]:
    """One AUC, TPR and distance from the blind baseline an attack, the test of the whole set, the blind baseline."""
    made: list[Metric] = []
    for row in attacks:
        way = {"score": row.attack.called}
        made.append(AUC.metric(verdicts.of(row.auc, 0.5), variant=way))
        if isinstance(row.attack.scores, Undefined):
            continue
        made.append(TPR.metric(verdicts.of(row.tpr, FALSE_ALARMS), variant=way))
        made.append(ABOVE_BLIND.metric(verdicts.of(row.above_blind, 0.0), variant=way))
    if inference is not None:
        p = "" if inference.p is None else WORDS("claim.p", p=p_words(inference.p))
        made.append(SET.metric(verdicts.of(inference.difference, 0.0), more=p))
    made.append(BLIND.metric(blind))
    return made


def p_words(p: float) -> str:
    """A p-value as a sentence gives it.

    >>> p_words(0.00001), p_words(0.0312)
    ('< 0.0001', '= 0.031')
    """
    return "< 0.0001" if p < 0.0001 else f"= {p:.2g}"


def unasked(attacks: Mapping[str, str], reason: Undefined) -> list[AttackResult]:
    """Attacks that nothing was asked for."""
    return [AttackResult(Attack(name, called, reason), reason, reason, reason) for name, called in attacks.items()]


def with_evidence(metric: Metric, tables: Sequence[str]) -> Metric:
    """The metric with those of its tables that there are."""
    return replace(metric, evidence=tuple(name for name in metric.evidence if name in tables))
