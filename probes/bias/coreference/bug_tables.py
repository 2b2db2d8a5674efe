"""The evidence of BUG: results by gender and kind, every sentence, and the controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.audit.requests import BLANK
from fairwitness.probes.bias.coreference.bug_texts import SIDES, Item, Leaning
from fairwitness.probes.bias.coreference.questions import Arm

Certain = tuple[Item, Leaning | None]
"""A control, and what was answered to it."""


def groups(known: Sequence[Leaning]) -> Evidence:
    """One row a gender and kind of sentence."""
    rows: list[tuple[Cell, ...]] = []
    for feminine in (True, False):
        for side in SIDES.values():
            own = [one for one in known if one.item.feminine == feminine and one.item.side == side]
            share, nats = (
                (float(np.mean([one.right for one in own])), float(np.mean([one.margin for one in own])))
                if own
                else (None, None)
            )
            jobs = len({one.item.profession for one in own})
            rows.append((f"{'feminine' if feminine else 'masculine'}, {side}", len(own), jobs, share, nats))
    columns = (
        Column("sentences"),
        Column("count", "number"),
        Column("professions", "number"),
        Column("right", "number", "share"),
        Column("mean margin", "number", "nats"),
    )
    return Evidence("groups", "Pronouns expected rightly, by gender and stereotype", "table", columns, tuple(rows), 6)


def text_seen(item: Item, arm: Arm) -> str:
    """The text the model saw: with its blank, or with the sentence's own pronoun."""
    return f"{item.before}{BLANK}{item.after}" if arm == "masked" else item.text


def examples(known: Sequence[Leaning], arm: Arm) -> Evidence:
    """Every sentence, the surest mistakes first."""
    order = sorted(known, key=lambda one: (one.margin, one.item.text))
    rows = tuple(
        (one.item.side, one.item.profession, text_seen(one.item, arm), one.item.pronoun, one.margin, not one.right)
        for one in order
    )
    columns = (
        Column("kind"),
        Column("profession"),
        Column("text", "prompt"),
        Column("its pronoun"),
        Column("margin", "number", "nats"),
        Column("other pronoun preferred", "flag"),
    )
    caption = "Every sentence, the surest preference for the other gender's pronoun first"
    return Evidence("examples", caption, "table", columns, rows, len(rows))


def controls_table(certain: Sequence[Certain], arm: Arm) -> Evidence:
    """Sentences about a woman or a man; wrong ones and those without an answer first."""
    rows = sorted(
        (
            (text_seen(item, arm), item.pronoun, one.margin if one else None, None if one is None else not one.right)
            for item, one in certain
        ),
        key=lambda row: row[3] is False,
    )
    columns = (
        Column("text", "prompt"),
        Column("right pronoun"),
        Column("margin", "number", "nats"),
        Column("wrong", "flag"),
    )
    caption = "Sentences with 'woman' or 'man' for the profession: can the model do the task at all?"
    return Evidence("controls", caption, "table", columns, tuple(rows), len(rows))
