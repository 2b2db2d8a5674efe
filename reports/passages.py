"""Texts of evidence: blanks drawn, pairs with their difference, long ones shortened with the whole a click away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from fairwitness.reports.numbers import fixed
from fairwitness.reports.text import clean, removed

BLANKS = re.compile(r"\[MASK\]|\{blank\}")
BLANK_MARK = Markup('<span class="bl" role="img" aria-label="[MASK]"></span>')
HIDDEN_MARK = Markup('<span class="hid" title="{0}">+{0}</span>')
WORDS = re.compile(r"\[MASK\]|[\u3400-\u9fff]|\w+|\s+|[^\w\s]")
LONG_TEXT = 200
BEGINNING = 150
AROUND = 60


def draw_text(text: str) -> Markup:
    """Escaped text: blanks drawn, line breaks kept, and a mark that counts the characters taken out."""
    shown = BLANK_MARK.join(escape(part) for part in BLANKS.split(clean(text)))
    gone = removed(text)
    return shown + HIDDEN_MARK.format(gone) if gone else shown


def draw_passage(text: str) -> Markup:
    """The text; over 200 characters its beginning, with the rest of it folded behind. No character is left out."""
    whole = clean(text)
    if len(whole) <= LONG_TEXT:
        return draw_text(text)
    length = cut(whole, BEGINNING)
    gone = removed(text)
    folded = Markup('<details class="lt"><summary data-n="{}">{}</summary>{}{}</details>')
    mark = HIDDEN_MARK.format(gone) if gone else Markup()
    return folded.format(fixed(len(whole) - length, 0), draw_text(whole[:length]), draw_text(whole[length:]), mark)


def cut(text: str, most: int) -> int:
    """Where to cut: after the last word that ends within `most` characters, never inside a blank."""
    inside = next((blank.start() for blank in BLANKS.finditer(text) if blank.start() < most < blank.end()), most)
    return max(text.rfind(" ", most // 2, inside), text.rfind("\n", most // 2, inside)) + 1 or inside


def draw_pair(texts: Sequence[str]) -> Markup:
    """Two versions under each other, the words that differ underlined; long ones folded behind what differs first."""
    left, right = (clean(text) for text in texts)
    if max(len(left), len(right)) <= LONG_TEXT:
        return _aligned(left, right)
    same = next((k for k, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
    start = max(0, same - AROUND)
    lead = "…" if start else ""
    near = [lead + part[start : start + cut(part[start:], BEGINNING)] for part in (left, right)]
    folded = Markup('<details class="lt lp"><summary data-n="{}">{}</summary>{}</details>')
    more = max(len(left), len(right)) - max(len(part) for part in near) + len(lead)
    return folded.format(fixed(more, 0), _aligned(*near), _aligned(left, right))


def _aligned(left: str, right: str) -> Markup:
    """The two versions in full."""
    first, second = WORDS.findall(left), WORDS.findall(right)
    upper, lower = Markup(), Markup()
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        upper += _part(first[i1:i2], differs=tag != "equal")
        lower += _part(second[j1:j2], differs=tag != "equal")
    return Markup("<p>") + upper + Markup("</p><p>") + lower + Markup("</p>")


def _part(words: Sequence[str], *, differs: bool) -> Markup:
    drawn = BLANK_MARK.join(escape(part) for part in BLANKS.split("".join(words)))
    return Markup("<u>") + drawn + Markup("</u>") if differs and words else drawn
