"""An explanation as a small page that sends no request, and as an element for a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.records import Audit, Evidence, Measured
from fairwitness.reports.curves import labels_of
from fairwitness.reports.evidence import Cuts, Exhibit, exhibit
from fairwitness.reports.explained.view import Explanation, explanation, pair_of
from fairwitness.reports.html import environment, fill
from fairwitness.reports.i18n import Words, both, said, speaking, term
from fairwitness.reports.numbers import fixed
from fairwitness.reports.pictures import Drawn, pictures_of
from fairwitness.reports.pictures.exhibits import Shown
from fairwitness.reports.pictures.paired_words import paired
from fairwitness.reports.pictures.waterfall import steps_of
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.text import Anchors, line

WIDEST = 16
"""Ems of the longest bar."""
FIXED = ("top", "main", "cards", "how")


@dataclass(frozen=True, slots=True)
class Bar:
    """A step from one total to another, in words and as a bar of so many ems."""

    label: str
    value: str
    total: bool
    look: str
    width: float


@dataclass(frozen=True, slots=True)
class Total:
    """The steps from one total to another."""

    caption: str
    steps: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page, ready to be drawn."""

    audit: Audit
    made: Explanation
    question: str
    how_to_read: str
    pictures: tuple[Drawn, ...]
    cards: tuple[Exhibit, ...]
    limits: tuple[str, ...]
    totals: tuple[Total, ...]
    command: str


def page(audit: Audit, language: str = "en") -> str:
    """The page."""
    with speaking(language):
        return fill("explained.html.j2", language, page=_page(audit))


def fragment(audit: Audit, language: str = "en") -> str:
    """One self-contained element in the colours of whoever shows it."""
    words = Words(language)
    with speaking(language):
        return (
            environment()
            .get_template("explained_card.html.j2")
            .render(tx=words.plain, said=said, term=term, both=both, language=language, page=_page(audit))
        )


def _page(audit: Audit) -> Page:
    result = audit.results[0]
    made = explanation(audit)
    anchors = Anchors(FIXED)
    spec = result.probe
    pictures: tuple[Drawn, ...] = ()
    cards: tuple[Exhibit, ...] = ()
    if isinstance(result, Measured):
        places = {piece.id: anchors.take("e", piece.id) for piece in result.evidence}
        pictures = _pictures(result, places)
        cards = tuple(exhibit(card, places[card.id], Cuts(), {}) for card in made.cards)
    return Page(
        audit=audit,
        made=made,
        question=line(spec.question),
        how_to_read=line(spec.how_to_read),
        pictures=pictures,
        cards=cards,
        limits=made.limits,
        totals=tuple(map(_total, made.totals)),
        command=line(str(audit.manifest.config.get("command", ""))),
    )


def _total(piece: Evidence) -> Total:
    steps = steps_of(piece)
    changes = [0.0 if step.total else step.end - step.start for step in steps]
    most = max(map(abs, changes), default=0.0) or 1.0
    bars = (
        Bar(
            step.label,
            fixed(step.end, 2) if step.total else fixed(change, 2, sign=True),
            step.total,
            "" if step.total else "up" if change > 0 else "dn",
            round(abs(change) / most * WIDEST, 1),
        )
        for step, change in zip(steps, changes, strict=True)
    )
    return Total(line(piece.caption), tuple(bars))


def _pictures(result: Measured, places: dict[str, str]) -> tuple[Drawn, ...]:
    """Two texts word by word, then what the probe draws first, and every strip that is not among it."""
    pair = pair_of(result.evidence)
    beside = None if pair is None else paired(*pair, both("explain.pair"), places, "p-pair")
    drawn: list[Drawn] = [] if beside is None else [beside]
    seen = {anchor for each in drawn for anchor in each.evidence}
    for each in pictures_of(result, Judgements(()), "p", places):
        if each.kind != "reach" and not seen.issuperset(each.evidence):
            drawn.append(each)
            seen.update(each.evidence)
    rest = [piece for piece in result.evidence if piece.kind == "tokens" and places[piece.id] not in seen]
    if rest:
        drawn.append(_strips(rest, result, places))
    return tuple(drawn)


def _strips(evidence: list[Evidence], result: Measured, places: dict[str, str]) -> Shown:
    numbers = labels_of(result.evidence)
    return Shown("tokens", "", tuple(exhibit(piece, places[piece.id], Cuts(), numbers) for piece in evidence))
