"""What are the weights of this model like: is anything broken, dead, flat or there twice?"""

from __future__ import annotations

import math
from functools import partial

from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.internals import DescribeWeights, WeightSummary
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.records import Estimate, Metric, Name, Picture, Undefined
from fairwitness.audit.requests import Unanswered
from fairwitness.probes.explanation.weights import tables
from fairwitness.probes.explanation.weights.matrices import ALIKE, Matrix, matrices_of, nearest
from fairwitness.probes.explanation.weights.tables import WORDS
from fairwitness.probes.kit.measures import Measure, description, specs_of

MOST_UNREAD = 0.05
"""Share of a model's matrices that may be unread (quantised) where the others are summed up all the same."""
DESCRIBED = partial(description, words=WORDS, evidence=("layers", "matrices"))
NOT_FINITE = Measure(
    name="not_finite_share",
    words=WORDS,
    unit="share",
    better="lower",
    null=None,
    role="competence",
    evidence=("alarms",),
)
DEAD = DESCRIBED("dead_unit_share", unit="share")
FLAT = DESCRIBED("flat_matrix_share", unit="share")
RANK = DESCRIBED("effective_rank_share", unit="share of full rank")
ALIKE_HEADS = DESCRIBED("redundant_head_share", unit="share")


class WeightsOptions(Options):
    """How much is listed."""

    matrices: int = Field(400, ge=1, description="matrices that the table lists")


class WeightsProbe:
    """The probe; see its words."""

    spec = WORDS.spec(name="weights", family="explanation", needs=(("DescribeWeights",),))
    options: type[Options] = WeightsOptions
    metrics = specs_of(NOT_FINITE, DEAD, FLAT, RANK, ALIKE_HEADS)

    def run(self, ctx: Context) -> ProbeRun:
        """One request. Raises DoesNotApply without a summary."""
        [answer] = yield [DescribeWeights()]
        summary = expect(answer, WeightSummary)
        if summary is None or not summary.names:
            why = answer.reason if isinstance(answer, Unanswered) else WORDS("reason.empty")
            raise WORDS.does_not_apply("reason.no_weights", "unanswered", why=why)
        return findings(summary, ctx.options.matrices)


PROBE = WeightsProbe()


def findings(summary: WeightSummary, shown: int) -> Findings:
    """Metrics, tables and alarms."""
    matrices = matrices_of(summary)
    evidence = [tables.layers(matrices, summary), tables.matrices(matrices, shown), *tables.ranks(matrices)]
    heads = tables.heads(summary)
    alarms = tables.alarms(matrices, summary)
    notes = [WORDS("note.counted")]
    if summary.broken:
        count = sum(summary.not_finite)
        notes.insert(0, WORDS("note.not_finite", count=count, weights=Name(", ".join(summary.broken[:5]))))
    if summary.unread:
        notes.append(WORDS("note.unread", count=len(summary.unread), weight=Name(summary.unread[0])))
    if summary.heads_unread:
        notes.append(WORDS("note.heads", reason=summary.heads_unread))
    pictures = [Picture(kind="curves", caption=WORDS("picture.ranks"), evidence=("ranks",))]
    if heads:
        pictures.append(Picture(kind="heads", caption=WORDS("picture.heads"), evidence=("heads",)))
    metrics = metrics_of(matrices, summary)
    return Findings(metrics=metrics, evidence=[*evidence, *heads, alarms], notes=notes, pictures=pictures)


def metrics_of(matrices: list[Matrix], summary: WeightSummary) -> list[Metric]:
    """All metrics; what hangs on ranks only where the matrices were read."""
    missing = len(summary.unread)
    problem: Undefined | None = None
    if missing > MOST_UNREAD * (missing + len(matrices)):
        problem = WORDS.undefined("reason.unread", "unanswered", missing=missing, total=missing + len(matrices))
    layered = [matrix for matrix in matrices if matrix.layer]
    whole = [matrix for matrix in layered if matrix.norm is not None]
    dead = sum(matrix.dead for matrix in whole)
    units = sum(matrix.rows + matrix.columns for matrix in whole)
    return [
        NOT_FINITE.metric(problem or _of_all(sum(summary.not_finite) / summary.values, summary.values)),
        DEAD.metric(problem or _share(dead, units)),
        FLAT.metric(problem or _share(sum(matrix.flat for matrix in whole), len(whole))),
        RANK.metric(problem or _mean_rank(whole)),
        ALIKE_HEADS.metric(problem or _redundant(summary)),
    ]


def _share(count: int, total: int) -> Estimate | Undefined:
    if not total:
        return WORDS.undefined("reason.no_layers", "no_value")
    return _of_all(count / total, total)


def _mean_rank(matrices: list[Matrix]) -> Estimate | Undefined:
    known = [matrix.share for matrix in matrices if matrix.share is not None]
    if not known:
        return WORDS.undefined("reason.no_ranks", "no_value")
    return _of_all(math.fsum(known) / len(known), len(known))


def _of_all(value: float, n: int) -> Estimate:
    """What was counted in full: nothing was drawn, so that there is no other value it could have been."""
    return stats.estimate(value, lambda _: (value, value), n=n, method="exact count")


def _redundant(summary: WeightSummary) -> Estimate | Undefined:
    cosines = nearest(summary)
    if not cosines.size:
        reason = summary.heads_unread or WORDS("reason.one_head")
        return WORDS.undefined("reason.no_heads", "no_value", why=reason)
    return _of_all(float((cosines >= ALIKE).mean()), cosines.size)
