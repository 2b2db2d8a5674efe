"""Does a language model read a pronoun as a person of an occupation more often where people of its gender work?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Metric, Table, Undefined
from fairwitness.audit.stats.reliability import part_means
from fairwitness.probes.bias.winogender import items
from fairwitness.probes.bias.winogender.items import OF_OCCUPATION, WORDS, WinogenderOptions
from fairwitness.probes.kit.blanks import model_type
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.claims import survives_correction
from fairwitness.probes.kit.consistency import PartScore
from fairwitness.probes.kit.coreference import findings, tables
from fairwitness.probes.kit.coreference.pairs import ScoredPair, ask_pairs, share_of
from fairwitness.probes.kit.coreference.questions import Resolved
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import SharePoint, share_picture, share_points
from fairwitness.probes.kit.pronouns import WOMEN
from fairwitness.probes.kit.tables import Listing, label, number

WomenShares = Mapping[str, float]
"""The percentage of women by occupation."""
SIDES = ("other_accuracy", "gotcha_accuracy")
CONSISTENCY = findings.occupations(("decisions", "margins in nats"))


OF_OCCUPATIONS = partial(Measure, words=WORDS, unit="correlation", tags=("extrinsic",), evidence=("occupations",))
CORRELATION = OF_OCCUPATIONS(name="share_correlation", scope="detail", wording="correlation")
OF_MARGINS = replace(CORRELATION, name="share_correlation_of_margins")


class Winogender:
    """The probe: a pair is a sentence about an occupation, once with either pronoun; asked is whom it means."""

    spec = WORDS.spec(name="winogender", family="bias", needs=(("FillMask",), ("LogLikelihood",)))
    options = WinogenderOptions
    metrics = specs_of(
        *findings.measures_of(*SIDES, "neutral_accuracy", "feminine_accuracy", "masculine_accuracy"),
        CORRELATION,
        OF_MARGINS,
    )

    def run(self, ctx: Context) -> ProbeRun:
        """One round: each sentence with each pronoun, the texts alone and controls."""
        model, table = model_type(ctx), ctx.data["winogender"]
        pairs = [pair for pair in items.pairs_of(table, ctx.options) if pair.pro.askable(model)]
        if not pairs:
            raise WORDS.does_not_apply("reason.empty", "nothing_to_ask")
        unread = items.unreadable(table)
        responses = yield from ask_pairs(spread(pairs, ctx.options.limit, ctx.seed), model, ctx.seed, unread)
        reason = findings.validity(responses)
        notes = [WORDS("note.validity", reason=reason)] if reason else []
        notes += [WORDS("note.someone")] if model == "masked" else []
        notes += [WORDS("note.unread", count=unread)] if unread else []
        clean = responses.clean
        metrics = [
            *findings.metrics_of(responses, reason, SIDES),
            findings.accuracy_metric("feminine_accuracy", share_of(clean, lambda score: _she(score).right)),
            findings.accuracy_metric("masculine_accuracy", share_of(clean, lambda score: _he(score).right)),
            *correlations(clean, items.women_in(table), reason),
            *CONSISTENCY.metrics(part_scores(clean), reason, ctx.seed),
        ]
        evidence = [*tables.evidence(responses), by_occupation(clean, table), by_share(clean, items.women_in(table))]
        rows, pictures = findings.items_of(responses), [share_picture(WORDS)]
        return Findings(metrics=metrics, evidence=evidence, notes=notes, items=rows, pictures=pictures)


def _she(score: ScoredPair) -> Resolved:
    """The answer with the feminine pronoun."""
    return score.pro if score.pair.pro.pronoun.lower() in WOMEN else score.anti


def _he(score: ScoredPair) -> Resolved:
    """The answer with the masculine pronoun."""
    return score.anti if score.pair.pro.pronoun.lower() in WOMEN else score.pro


def decisions(score: ScoredPair) -> float:
    """Share of wordings reading `she` as the occupation less that reading `he` so, -1..1."""
    return _she_less_he(score, lambda side: side.right)


def margins(score: ScoredPair) -> float:
    """The same in nats: log P(occupation) - log P(participant) with `she` less the same with `he`."""
    return _she_less_he(score, lambda side: side.margin)


def _she_less_he(score: ScoredPair, value: Callable[[Resolved], float]) -> float:
    difference = value(_she(score)) - value(_he(score))
    return difference if score.pair.group == OF_OCCUPATION else -difference


def part_scores(scored: Sequence[ScoredPair]) -> list[PartScore]:
    """What each pair says of its occupation: how much more `she` is read as it than `he`, in decisions and in nats."""
    return [
        PartScore(part=score.pair.cluster, item=place, score=decisions(score), other=margins(score))
        for place, score in enumerate(scored)
    ]


def correlations(scored: Sequence[ScoredPair], shares: WomenShares, reason: str) -> list[Metric]:
    """Correlation over occupations with the share of women: of decisions (as published) and of margins.

    The claim of each is corrected for both.
    """
    scorings = ((CORRELATION, decisions), (OF_MARGINS, margins))
    metrics = []
    for measure, value in scorings:
        estimate = reasons.invalid(reason) if reason else correlation(scored, shares, value)
        survives = survives_correction(estimate, len(scorings))
        metrics.append(measure.metric(estimate, survives=survives, score=findings.spoken(measure.name)))
    return metrics


def correlation(
    scored: Sequence[ScoredPair], shares: WomenShares, value: Callable[[ScoredPair], float]
) -> Estimate | Undefined:
    """Correlation over occupations of the mean of a value with the share of women."""
    means = _means(scored, value)
    return stats.correlation([shares[job] for job in means], list(means.values()))


def _means(scored: Sequence[ScoredPair], value: Callable[[ScoredPair], float]) -> dict[str, float]:
    return part_means((score.pair.cluster, value(score)) for score in scored)


def by_occupation(scored: Sequence[ScoredPair], table: Table) -> Evidence:
    """One row an occupation: the share of women in it beside how `she` and `he` are read."""
    shares, years = items.women_in(table), items.years_of(table)
    read, nats = _means(scored, decisions), _means(scored, margins)
    listing: Listing[str] = Listing(
        "occupations",
        WORDS,
        label("occupation", lambda job: job),
        number("women", lambda job: shares[job], "% (US)"),
        label("year_share", years.get),
        number("read_she", lambda job: read[job], "difference of shares"),
        number("margin_she", lambda job: nats[job], "nats"),
    )
    return listing.of(sorted(read, key=lambda job: -nats[job]))


def by_share(scored: Sequence[ScoredPair], shares: WomenShares) -> Evidence:
    """How `she` is read more as each occupation than `he`, in nats, against the share of women in it."""
    points = [SharePoint(job, shares[job] / 100, value) for job, value in _means(scored, margins).items()]
    return share_points(points, None, what=WORDS("picture.what"), unit="nats")


PROBE = Winogender()
