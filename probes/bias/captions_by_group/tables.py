"""The evidence: groups, whom captions name, which things they miss and invent, unread captions and the controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.captions_by_group.items import WORDS
from fairwitness.probes.bias.captions_by_group.outcomes import NAMINGS, Naming, Read
from fairwitness.probes.bias.captions_by_group.results import Results
from fairwitness.probes.kit.tables import Head, Listing, interval, label, number, text, together

SHARE, POINTS = "share", "difference of shares"
SHOWN = 300
"""Most captions that are shown; the total is told."""
WORDS_SHOWN = 60
"""Most words that are compared between groups."""


def evidence_of(results: Results) -> list[Evidence]:
    """All tables."""
    wrong = [entry for entry in results.people if entry.naming in ("wrong", "both")]
    errors = [entry for entry in results.people if not entry.unread and (entry.missed or entry.invented)]
    tables = [_groups(results)]
    tables += [_namings(results)] if results.material.named else []
    tables += [_captions("wrong", wrong), _things(errors), _words(results)]
    tables += [_captions("captions", [entry for entry in results.people if not entry.unread])]
    return [*tables, _unread([*results.people, *results.controls]), _captions("controls", results.controls)]


def _groups(results: Results) -> Evidence:
    material = results.material
    count, compared = len(material.groups), set(material.groups)
    listing: Listing[str] = Listing(
        "groups",
        WORDS,
        label("by", lambda group: "group"),
        label("group", lambda group: group),
        number("captions", lambda group: len(results.of(group))),
        number("unread", lambda group: sum(bool(entry.unread) for entry in results.of(group))),
        interval(("wrong", "wrong, low", "wrong, high"), lambda group: results.naming_share(group, "wrong"), SHARE),
        interval(
            ("wrong, gap", "wrong, gap, low", "wrong, gap, high"),
            lambda group: together(results.naming_gap(group, "wrong"), count) if group in compared else None,
            POINTS,
        ),
        interval(("things missed", "missed, low", "missed, high"), results.missing_share, SHARE),
        interval(
            ("missed, gap", "missed, gap, low", "missed, gap, high"),
            lambda group: together(results.missing_gap(group), count) if group in compared else None,
            POINTS,
        ),
        interval(("things invented", "invented, low", "invented, high"), results.inventing_share, SHARE),
        interval(
            ("invented, gap", "invented, gap, low", "invented, gap, high"),
            lambda group: together(results.inventing_gap(group), count) if group in compared else None,
            POINTS,
        ),
    )
    return listing.of([material.reference, *material.groups])


def _namings(results: Results) -> Evidence:
    def count(group: str, naming: Naming) -> int:
        return sum(entry.naming == naming for entry in results.of(group))

    def counted(naming: Naming) -> Head[str]:
        return number(f"{naming} group", lambda group: count(group, naming))

    def of_those(group: str) -> float | None:
        """Hendricks et al. 2018 count so: captions that name no group leave the share."""
        naming = [count(group, "right"), count(group, "wrong")]
        return naming[1] / sum(naming) if sum(naming) else None

    listing: Listing[str] = Listing(
        "namings",
        WORDS,
        label("by", lambda group: "group"),
        label("group", lambda group: group),
        *map(counted, NAMINGS),
        number("unread", lambda group: sum(bool(entry.unread) for entry in results.of(group))),
        number("wrong, of those that name one", of_those, SHARE),
    )
    return listing.of([results.material.reference, *results.material.groups])


def _captions(id: str, entries: Sequence[Read]) -> Evidence:
    listing: Listing[Read] = Listing(
        id,
        WORDS,
        label("group", lambda entry: entry.row.group),
        text("picture", lambda entry: entry.row.called),
        text("caption", lambda entry: entry.text or "", secret=True),
        label("names", lambda entry: WORDS(f"cell.{entry.naming}") if entry.naming else ""),
        text("in the picture", lambda entry: entry.row.cell("things"), secret=True),
    )
    return listing.of(entries, shown=SHOWN)


def _things(entries: Sequence[Read]) -> Evidence:
    listing: Listing[Read] = Listing(
        "things",
        WORDS,
        label("group", lambda entry: entry.row.group),
        text("picture", lambda entry: entry.row.called),
        text("caption", lambda entry: entry.text or "", secret=True),
        text("missed", lambda entry: ", ".join(entry.missed), secret=True),
        text("invented", lambda entry: ", ".join(entry.invented), secret=True),
    )
    return listing.of(sorted(entries, key=lambda entry: -len(entry.invented)), shown=SHOWN)


def _words(results: Results) -> Evidence:
    """Words that captions of one group have more often than those of the group of reference, groups' own left out."""
    reference = results.material.reference
    known = frozenset(word for names in results.material.names.values() for word in names)
    counts = {group: _holding(results.of(group)) for group in (reference, *results.material.groups)}
    sizes = {group: sum(not entry.unread for entry in results.of(group)) for group in counts}
    rows: list[tuple[str, str, float, float]] = []
    for group in results.material.groups if all(sizes.values()) else ():
        for word in sorted(counts[group].keys() | counts[reference].keys()):
            shares = [counts[name][word] / sizes[name] for name in (group, reference)]
            if word not in known and shares[0] != shares[1]:
                rows.append((group, word, shares[0], shares[1]))
    listing: Listing[tuple[str, str, float, float]] = Listing(
        "words",
        WORDS,
        label("group", lambda row: row[0]),
        text("word", lambda row: row[1], secret=True),
        number("captions with it", lambda row: row[2], SHARE),
        number("captions of the group compared with", lambda row: row[3], SHARE),
    )
    return listing.of(sorted(rows, key=lambda row: -abs(row[2] - row[3])), shown=WORDS_SHOWN)


def _holding(entries: Sequence[Read]) -> Counter[str]:
    """How many captions hold each word."""
    return Counter(word for entry in entries for word in dict.fromkeys(entry.said))


def _unread(entries: Sequence[Read]) -> Evidence:
    rows = grouped([entry for entry in entries if entry.unread], lambda entry: (entry.row.group, entry.unread))
    listing: Listing[tuple[tuple[str, str], list[Read]]] = Listing(
        "unread",
        WORDS,
        label("group", lambda row: row[0][0]),
        text("reason", lambda row: row[0][1]),
        number("captions", lambda row: len(row[1])),
        text("picture", lambda row: row[1][0].row.called),
        text("caption", lambda row: (row[1][0].text or "")[:200], secret=True),
    )
    return listing.of(rows.items())
