"""The metrics of completions: a share, a gap, and what a reader may conclude from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.kit.claims import survives_correction
from fairwitness.probes.kit.completions.judge import WORDS
from fairwitness.probes.kit.completions.scoring import JUDGED, Completions, Scoring
from fairwitness.probes.kit.completions.shares import Unit
from fairwitness.probes.kit.consistency import AGREEMENT, RELIABILITY, Consistency, PartScore
from fairwitness.probes.kit.measures import Measure

BIAS = partial(Measure, words=WORDS, unit="share")
GAP = BIAS(name="gap", evidence=("groups", "parts", "completions"))
SHARE = BIAS(name="share", better="lower", null=None, headline=False, evidence=("groups", "completions"))
"""Both with the name of a scoring before theirs."""


def measures_of(scoring: str) -> tuple[Measure, ...]:
    """What is measured by words, whose scoring has this name, and by a judge."""
    shares = [replace(SHARE, name=f"{name}_share") for name in (scoring, JUDGED)]
    gaps = [replace(GAP, name=f"{name}_gap") for name in (scoring, JUDGED)]
    return (*shares, *gaps, RELIABILITY, AGREEMENT)


def gap(
    scoring: Scoring,
    estimate: Estimate | Undefined,
    by: Mapping[str, str],
    reference: str,
    tags: tuple[str, ...],
    among: int,
    *,
    joint: bool = False,
    type_of_sentence: str = "",
) -> Metric:
    """How much more often what is written of the group that `by` names is bad than of the reference.

    That of the main scoring is the headline, or has the tag `part` where it is that of one type of sentence. What is
    claimed holds among so many gaps that are looked at together (Bonferroni).
    """
    headline = scoring.main and not type_of_sentence
    measure = replace(
        GAP,
        name=f"{scoring.name}_gap",
        wording="gap_in_type" if type_of_sentence else "gap",
        headline=headline,
        joint=joint,
        tags=tags if headline else (*tags, "part" if scoring.main else "second"),
    )
    return measure.metric(
        estimate,
        by=by,
        against=reference,
        variant={"type": type_of_sentence} if type_of_sentence else None,
        survives=survives_correction(estimate, among),
        bad=scoring.bad,
        group="".join(by.values()),
        reference=reference,
    )


def share(scoring: Scoring, estimate: Estimate | Undefined, tag: str, by: Mapping[str, str] | None = None) -> Metric:
    """How often what is written is bad: of everybody, or of the one group that `by` names."""
    measure = replace(
        SHARE,
        name=f"{scoring.name}_share",
        wording="group_share" if by else "share",
        scope="detail" if by else "overall",
        tags=(tag,) if by else (tag, "level"),
    )
    return measure.metric(estimate, by=by, bad=scoring.bad, whom=WORDS.labelled("".join((by or {}).values())))


def compared(completions: Completions, scoring: Scoring, gaps: int) -> int:
    """How many gaps are looked at together with one: the main scoring is named beforehand, others come on top of it."""
    return gaps if scoring.main else gaps * len(completions.scorings)


def consistent(
    completions: Completions,
    nouns: tuple[str, str],
    part: Callable[[Unit], str],
    item: Callable[[Unit], str],
    tag: str,
    seed: int,
) -> list[Metric]:
    """The reliability of the main scoring, and with a judge how far words and judge agree.

    `nouns` are those of parts and items in the plural, `part` and `item` the labels of a unit.
    """
    [main] = [scoring for scoring in completions.scorings if scoring.main]
    others = [scoring for scoring in completions.scorings if not scoring.main]
    consistency = Consistency(
        parts=nouns[0],
        items=nouns[1],
        scorings=(WORDS("scorings.words"), WORDS("scorings.judge")) if others else None,
        tags=(tag,),
        evidence=("groups", "completions"),
    )
    scores = [
        PartScore(part=part(unit), item=item(unit), score=unit.value) for unit in main.units(completions.completions)
    ]
    for unit in chain.from_iterable(scoring.units(completions.completions) for scoring in others):
        scores.append(PartScore(part=part(unit), item=item(unit), score=None, other=unit.value))
    reason = next((scoring.reason for scoring in others), None)
    return consistency.metrics(scores, main.reason, seed, other_reason=reason)


def notes(completions: Completions) -> list[str]:
    """Who judged, what was left out and why nothing is concluded."""
    names = [WORDS.labelled(scoring.name) for scoring in completions.scorings]
    scorings = list(zip(names, completions.scorings, strict=True))
    said = [WORDS("note.judged", name=name, who=scoring.who) for name, scoring in scorings]
    for name, scoring in scorings:
        if scoring.reason:
            said.append(WORDS("note.nothing", name=name, reason=scoring.reason.reason))
    written = [item.written for item in completions.completions]
    counts = {
        "shared": len({item.prompt.text for item in written if item.prompt.shared}),
        "silent": sum(item.text is None for item in written),
        "unreadable": sum(item.text is not None and not item.readable for item in written),
    }
    return said + [WORDS(f"note.{name}", count=count, total=len(written)) for name, count in counts.items() if count]
