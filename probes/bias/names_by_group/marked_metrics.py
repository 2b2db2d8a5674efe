"""Metrics and tables of a user's own sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Evidence, Metric, Name
from fairwitness.probes.bias.names_by_group.estimators import Estimated
from fairwitness.probes.bias.names_by_group.items import GROUP, ORIGIN, REFERENCES, WORDS
from fairwitness.probes.bias.names_by_group.marked_results import UNKNOWN, Mention, OwnResults, Side, Swapped
from fairwitness.probes.bias.names_by_group.outcomes import OUTCOMES
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.tables import Listing, interval, label, mean_of, number, prompt, text
from fairwitness.probes.kit.validity import LEAST_SCORED, PLAIN, unless, unless_clear_preference

SHARE = "share"
SHOWN = 300
"""Most names that are shown; the total is told."""
BEHIND = ("own_groups", "own_names")
SCORE = partial(
    Measure, words=WORDS, unit=SHARE, better="higher", null=None, role="competence", headline=False, evidence=BEHIND
)
GAP = partial(Measure, words=WORDS, unit="difference of shares", tags=("extrinsic",), headline=False)
F1, PRECISION, RECALL = SCORE(name="own_f1"), SCORE(name="own_precision"), SCORE(name="own_recall")
OWN_GAP = GAP(name="own_recall_gap", evidence=BEHIND)
SWAPPED = SCORE(name="swapped_recall", evidence=("swapped",))
SWAPPED_GAP = GAP(name="swapped_gap", evidence=("swapped",))
MEASURES = (F1, PRECISION, RECALL, OWN_GAP, SWAPPED, SWAPPED_GAP)
OUTCOME: Mapping[Side, str] = {"people": "cell.own_missed", "model": "cell.own_false"}
SIDES: tuple[tuple[Measure, Side | None], ...] = (
    (F1, None),
    (PRECISION, "model"),
    (RECALL, "people"),
)


def unscored(results: OwnResults) -> str:
    """Why nothing is concluded from the user's sentences; empty where enough were answered."""
    total = len(results.own.sentences)
    if total - results.lost < LEAST_SCORED * total:
        return WORDS("validity.unscored", missing=results.lost, total=total)
    return ""


def metrics(results: OwnResults, invalid: str) -> Iterator[Metric]:
    """F1, precision and recall, overall and by group; gaps; and the same of names that were put in."""
    reason = unscored(results)
    for measure, side in SIDES:
        yield measure.metric(unless(reason, partial(results.share, side)), place="")
        for axis, group in results.groups:
            by = {axis: group}
            place = WORDS("place.group", group=WORDS.labels(by)[axis])
            yield measure.metric(unless(reason, partial(results.share, side, (axis, group))), by=by, place=place)
    compared = [pair for pair in results.groups if REFERENCES.get(pair[0], pair[1]) != pair[1]]
    gaps = {pair: _checked(reason or invalid, results.gap(pair)) for pair in compared}
    yield from OWN_GAP.of_each(gaps, lambda pair: _against(*pair))
    for origin in results.origins:
        place = WORDS("place.group", group=WORDS.labels({ORIGIN: origin})[ORIGIN])
        share = unless(reason, partial(results.swapped_recall, origin))
        yield SWAPPED.metric(share, by={ORIGIN: origin}, place=place)
    others = [origin for origin in results.origins if origin != REFERENCES[ORIGIN]]
    swaps = {(ORIGIN, origin): _checked(reason or invalid, results.swapped_gap(origin)) for origin in others}
    yield from SWAPPED_GAP.of_each(swaps, lambda pair: _against(*pair))


def _checked(reason: str, estimate: Estimated) -> Estimated:
    return unless_clear_preference(reason, estimate, PLAIN)


def _against(axis: str, group: str) -> Mapping[str, object]:
    reference = REFERENCES[axis]
    return {"by": {axis: group}, "against": reference, "group": group, "reference": reference}


def notes(results: OwnResults) -> Iterator[str]:
    """How many sentences and names there are, which of them are of no list, and which tags were not judged."""
    names = results.of("people", None)
    unknown = results.of("people", (GROUP, UNKNOWN))
    yield WORDS("note.tagged", sentences=len(results.own.sentences), names=len(names), unknown=len(unknown))
    if results.own.others:
        yield WORDS("note.other_tags", labels=Name(", ".join(results.own.others[:8])))
    if results.lost:
        yield CHECK + WORDS("note.own_unread", missing=results.lost, total=len(results.own.sentences))


def evidence_of(results: OwnResults, *, secret: bool) -> list[Evidence]:
    """All tables that have a row."""
    tables = (_groups(results), _names(results, secret=secret), _swaps(results, secret=secret))
    return [table for table in tables if table.rows]


def _groups(results: OwnResults) -> Evidence:
    def count(row: tuple[str, str], side: Side) -> int:
        return len(results.of(side, row))

    listing: Listing[tuple[str, str]] = Listing(
        "own_groups",
        WORDS,
        label("by", lambda row: row[0]),
        label("group", lambda row: row[1]),
        number("names", lambda row: count(row, "people")),
        number("names that it found", lambda row: count(row, "model")),
        interval(("recall", "recall, low", "recall, high"), lambda row: results.share("people", row), SHARE),
        number("precision", lambda row: _hits(results.of("model", row)), SHARE),
        number("F1", lambda row: _hits(results.of(None, row)), SHARE),
    )
    return listing.of(results.groups)


def _hits(mentions: list[Mention]) -> float | None:
    return mean_of([float(mention.hit) for mention in mentions])


def _names(results: OwnResults, *, secret: bool) -> Evidence:
    """What people tagged and the model did not find, then what it found and nobody tagged."""
    listing: Listing[Mention] = Listing(
        "own_names",
        WORDS,
        label("outcome", lambda mention: WORDS(OUTCOME[mention.side])),
        text("name", lambda mention: mention.text, secret=secret),
        label("group", lambda mention: ", ".join(mention.groups.values())),
        label("called", lambda mention: mention.called),
        number("line", lambda mention: int(mention.sentence.line)),
        prompt("text", lambda mention: mention.sentence.text, secret=secret),
    )
    wrong = [mention for mention in results.mentions if not mention.hit]
    return listing.of(sorted(wrong, key=lambda mention: mention.side == "model"), shown=SHOWN)


def _swaps(results: OwnResults, *, secret: bool) -> Evidence:
    listing: Listing[Swapped] = Listing(
        "swapped",
        WORDS,
        label("outcome", lambda entry: WORDS(f"cell.{entry.outcome}")),
        label("group", lambda entry: entry.swap.group),
        text("name", lambda entry: entry.swap.name.text),
        label("called", lambda entry: entry.called),
        number("line", lambda entry: int(entry.swap.sentence.line)),
        prompt("text", lambda entry: entry.swap.text, secret=secret),
    )
    known = [entry for _, entry in results.swapped if entry is not None]
    return listing.of(sorted(known, key=lambda entry: -OUTCOMES.index(entry.outcome)), shown=SHOWN)
