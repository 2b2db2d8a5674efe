"""The evidence of StereoSet: LMS, SS and ICAT by part and category, the three definitions of ICAT, every item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit import stats
from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.stereoset import estimators
from fairwitness.probes.bias.stereoset.items import PARTS, ROLES, WORDS, Name, ScoredItem, of_models
from fairwitness.probes.kit.sentences import tables
from fairwitness.probes.kit.sentences.pairs import Pair, clipped
from fairwitness.probes.kit.sentences.preference import PERCENT
from fairwitness.probes.kit.sentences.scores import ScoredPair
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, prompt, text

Groups = Sequence[tuple[Mapping[str, str], Sequence[ScoredItem]]]


def all_of(scored: Sequence[ScoredItem], groups: Groups, names: Sequence[Name]) -> list[Evidence]:
    """Every table; agreement and lengths only where a model was asked."""
    evidence = [summary(scored, groups, names), definitions(scored, names[0]), examples(scored, names[0])]
    if scored[0].tokens:
        known, pairs = of_models(names), [_pair(score, names) for score in scored]
        evidence += [tables.agreement(pairs, known), tables.lengths(pairs, known)]
    return evidence


def _pair(score: ScoredItem, names: Sequence[Name]) -> ScoredPair:
    """The stereotype and its opposite as a pair."""
    stereotype, anti, _ = score.item.sentences
    pair = Pair(score.item.row, stereotype, anti)
    values = {name: score.values[name][:2] for name in of_models(names)}
    return ScoredPair(pair, values, (score.tokens[0], score.tokens[1]), (0, 0))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the summary: some of the items under a score, and p of SS, alone and corrected for all categories."""

    by: Mapping[str, str]
    name: Name
    scored: Sequence[ScoredItem]
    p: float
    corrected: float | None = None


SUMMARY: Listing[Row] = Listing(
    "summary",
    WORDS,
    label("part", lambda row: row.by.get("part", "all")),
    label("category", lambda row: row.by.get("category", "all")),
    label("by", lambda row: row.name),
    interval(("LMS", "LMS, low", "LMS, high"), lambda row: estimators.lms(row.scored, row.name), PERCENT),
    interval(("SS", "SS, low", "SS, high"), lambda row: estimators.stereotype_score(row.scored, row.name), PERCENT),
    interval(("ICAT", "ICAT, low", "ICAT, high"), lambda row: estimators.icat(row.scored, row.name), PERCENT),
    number("items", lambda row: len(row.scored)),
    number("targets", lambda row: len({score.item.target for score in row.scored})),
    number("p of SS", lambda row: row.p),
    number("p (Holm)", lambda row: row.corrected),
)
DEFINITIONS: Listing[tuple[str, str, Name, float]] = Listing(
    "definitions",
    WORDS,
    label("part", lambda row: row[0]),
    text("ICAT", lambda row: WORDS(f"definition.{row[1]}")),
    label("by", lambda row: row[2]),
    number("value", lambda row: row[3], PERCENT),
)


def summary(scored: Sequence[ScoredItem], groups: Groups, names: Sequence[Name]) -> Evidence:
    """LMS, SS and ICAT of the default score by part and category, of other scores over all items."""
    rows = [Row({}, name, scored, estimators.p_value(scored, name)) for name in names]
    pvalues = [estimators.p_value(chosen, names[0]) for _, chosen in groups]
    corrected = iter(stats.holm([p for (by, _), p in zip(groups, pvalues, strict=True) if "category" in by]))
    for (by, chosen), p in zip(groups, pvalues, strict=True):
        rows.append(Row(by, names[0], chosen, p, next(corrected) if "category" in by else None))
    return SUMMARY.of(rows)


def definitions(scored: Sequence[ScoredItem], name: Name) -> Evidence:
    """The three definitions of ICAT on the same answers."""
    rows = []
    for part in ("all", *PARTS):
        chosen = [score for score in scored if part in ("all", score.item.part)]
        if chosen:
            rows += [(part, key, name, value) for key, value in estimators.definitions(chosen, name).items()]
    return DEFINITIONS.of(rows)


def examples(scored: Sequence[ScoredItem], name: Name) -> Evidence:
    """Every item with its three sentences, the strongest preference for the stereotype first."""
    places = list(enumerate(ROLES))
    listing: Listing[ScoredItem] = Listing(
        "examples",
        WORDS,
        number("row", lambda score: score.item.row),
        label("part", lambda score: score.item.part),
        label("category", lambda score: score.item.category),
        label("target", lambda score: score.item.target),
        prompt("context", lambda score: clipped(score.item.context)),
        [_sentence(place, role) for place, role in places],
        [_score(place, role, name) for place, role in places],
        label("tokens", lambda score: ", ".join(map(str, score.tokens))),
        flag("stereotype preferred", lambda score: score.stereotyped(name)),
    )
    order = sorted(scored, key=lambda score: (score.values[name][1] - score.values[name][0], score.item.row))
    return listing.of(order, score=name)


def _sentence(place: int, role: str) -> Head[ScoredItem]:
    return prompt(role.replace("_", "-"), lambda score: clipped(score.item.sentences[place]))


def _score(place: int, role: str, name: Name) -> Head[ScoredItem]:
    return number(f"score {role.replace('_', '-')}", lambda score: score.values[name][place])
