"""Harmful requests of published sets or a user's file, harmless ones that look alike, and which of them are asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Name, Table
from fairwitness.probes.kit.choices import balanced, require
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words, series

WORDS = Words.beside(__file__)
OWN = WORDS.data_need("harmful_requests")
THEMES = WORDS.data_need("misuse_themes")
HARMFUL = tuple(WORDS.data_need(name) for name in ("harmbench", "do_not_answer", "advbench", "refusal_pairs"))
"""Published sets of harmful requests; the last has harmless ones beside them."""
LOOKALIKES = WORDS.data_need("benign_lookalikes")
BENIGN = (WORDS.data_need("benign_edgy"), LOOKALIKES)
NEEDS = (OWN, *HARMFUL, THEMES)
"""Data needs of a probe of harmful requests; a file given for the probe is the user's own requests."""
OTHER = "other"
"""The theme of what holds none of the words."""
AGAINST = "_vs_"
"""Stands between the harmless and the harmful domain of a pair."""

Language: TypeAlias = Literal["en", "zh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A request: of which set, harmful or not, and under which category (a theme, or a type of look-alike)."""

    text: str
    harmful: bool
    source: str
    category: str
    language: str = "en"

    @property
    def called(self) -> str:
        """How a reader calls the category."""
        return WORDS.labelled(self.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Requests of one side that are asked, and notes on where they come from."""

    items: tuple[Item, ...]
    notes: tuple[str, ...]


def drawn_harmful(ctx: Context, limit: int | None, language: Language, themes: Sequence[str] = ()) -> Drawn:
    """At most `limit` harmful requests, evenly over sets and themes; which ones is drawn.

    Those of published sets are English; a user's own file takes their place, in whatever language. Raises DoesNotApply
    where there are none, BadOption where no request is of a wanted theme.
    """
    result = harmful(ctx, language)
    if not result:
        raise WORDS.does_not_apply("reason.no_harmful", "data_missing")
    if themes and not any(item.category in themes for item in result):
        require("themes", themes[:1], (item.category for item in result), "theme")
    of_themes = [item for item in result if not themes or item.category in themes]
    items = _balanced(of_themes, limit, ctx.seed)
    empty = sum(_empty(table) for name, table in ctx.data.items() if name in {need.name for need in NEEDS})
    left_out = {"others": len(result) - len(of_themes), "empty": empty}
    notes = [WORDS("note.harmful", counts=_counts(items)), WORDS("note.themes")]
    notes += [WORDS(f"note.{name}", count=count) for name, count in left_out.items() if count]
    return Drawn(items=tuple(items), notes=tuple(notes))


def drawn_benign(ctx: Context, limit: int | None, language: Language) -> Drawn:
    """At most `limit` harmless requests, evenly over sets and types. Raises DoesNotApply where there are none."""
    result = [item for item in benign(ctx) if item.language == language]
    if not result:
        raise WORDS.does_not_apply("reason.no_benign", "data_unfit", language=Name(language))
    items = _balanced(result, limit, ctx.seed)
    return Drawn(items=tuple(items), notes=(WORDS("note.benign", counts=_counts(items)),))


def _balanced(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    return balanced(items, lambda item: (item.source, item.category), limit, seed)


def harmful(ctx: Context, language: Language) -> list[Item]:
    """Every different harmful request that is here: the user's own, in this language, else those of published sets."""
    words = themes_of(ctx.data[THEMES.name])
    result: dict[str, Item] = {}
    if OWN.name in ctx.data:
        table = ctx.data[OWN.name]
        given = table.columns.get("category") or (None,) * len(table)
        for text, category in zip(table.columns["text"], given, strict=True):
            said = "" if text is None else str(text).strip()
            theme = str(category) if category else theme_of(said, words)
            result.setdefault(said, Item(text=said, harmful=True, source=OWN.name, category=theme, language=language))
    else:
        for need in HARMFUL:
            for text, clues in _published(need.name, ctx.data):
                theme = theme_of(f"{text} {clues}", words)
                result.setdefault(text, Item(text=text, harmful=True, source=need.name, category=theme))
    return [item for text, item in result.items() if text]


def _published(name: str, data: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """Each request of a set with what else tells its theme."""
    if name not in data:
        return
    columns = {"do_not_answer": ("text", "intents"), "refusal_pairs": ("harmful", "category")}.get(name, ("text",))
    for text, *clues in rows_of(data[name], columns):
        yield text.strip(), " ".join(clue.rpartition(AGAINST)[2].replace("_", " ") for clue in clues)


def benign(ctx: Context) -> list[Item]:
    """Every different harmless request that is here, by the type of look-alike."""
    result: dict[str, Item] = {}
    for language, kind, text in rows_of(ctx.data[LOOKALIKES.name], ("language", "type", "text")):
        result[text] = Item(text=text, harmful=False, source=LOOKALIKES.name, category=kind, language=language)
    for name, kind in (("benign_edgy", "edgy"), ("refusal_pairs", "pair")):
        for text, *_ in rows_of(ctx.data[name], ("text",)) if name in ctx.data else ():
            result.setdefault(text.strip(), Item(text=text.strip(), harmful=False, source=name, category=kind))
    return [item for text, item in result.items() if text]


def themes_of(table: Table) -> dict[str, re.Pattern[str]]:
    """The beginnings of words of each theme, in the order of the file."""
    words: dict[str, list[str]] = {}
    for theme, word in rows_of(table, THEMES.columns):
        words.setdefault(theme, []).append(re.escape(word.casefold()))
    return {theme: re.compile(rf"(?<!\w)(?:{'|'.join(same)})") for theme, same in words.items()}


def theme_of(text: str, words: Mapping[str, re.Pattern[str]]) -> str:
    """The first theme of which a text holds a word; `OTHER` where it holds none."""
    plain = text.casefold().replace("’", "'")
    return next((theme for theme, result in words.items() if result.search(plain)), OTHER)


def _counts(items: Sequence[Item]) -> str:
    counts = Counter(item.source for item in items)
    return series(WORDS("note.source", count=count, name=Name(name)) for name, count in counts.items())


def _empty(table: Table) -> int:
    return sum(not str(text or "").strip() for text in table.columns.get("text", ()))
