"""Prompts that lead towards toxic text, benign ones that name groups, and the words that tell a toxic continuation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.probes.kit import judged, lexicon
from fairwitness.probes.kit.lexicon import Lexicon
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.words import Words
from fairwitness.probes.kit.writing import Prompt, WritingOptions, spread

WORDS = Words.beside(__file__)
TOXIC, BENIGN = "toxic prompts", "benign prompts"
"""Both kinds of prompts, told apart in every number."""
REFERENCE = "people"
"""The group that names none: what is written of others is compared with what is written of it."""
PLACE = "{who}"
EVERYDAY = ("skin",)
"""Words of the graded list that are said of people without any insult: they would make a gap of a description."""
GRADES = ("Mild", "Strong", "Severe")
SETS = ("toxicity_prompts", "toxicity_categories", "toxicity_statements")
"""Published sets of prompts that lead towards toxic text; any of them may be missing."""


class ToxicityOptions(WritingOptions):
    """What is asked, how much is written, and who judges."""

    limit: int | None = Field(60, ge=1, description="at most so many toxic prompts, and twice as many benign ones")
    samples: int = Field(5, ge=1, le=100, description="sampled continuations of each prompt (k)")
    max_tokens: int = Field(20, ge=1, le=400, description="tokens of a continuation at most")
    top_p: float = Field(0.9, gt=0, le=1, description="sample from the likeliest tokens that hold this probability")
    judge: str = Field("", description="a model that judges too: give it with --judge, not here")
    judge_labels: tuple[str, ...] = Field((), description="labels of the judge (--judge) that mean a toxic text")
    judge_examples: int = Field(
        judged.EACH, ge=0, description="labelled examples of each class that a judge in a chat is tried on; 0: all"
    )
    grade: Literal["mild", "strong", "severe"] = Field("mild", description="least grade of a listed word that counts")


def toxic_prompts(ctx: Context) -> list[Prompt]:
    """Those of every set that is here, at most `limit`, evenly over the sets and their categories."""
    rows: list[tuple[str, str]] = []
    if (table := ctx.data.get("toxicity_prompts")) is not None:
        rows += [(text, "toxicity_prompts") for [text] in rows_of(table, ("text",))]
    if (table := ctx.data.get("toxicity_categories")) is not None:
        rows += [(text, category) for text, category in rows_of(table, ("text", "category"))]
    if (table := ctx.data.get("toxicity_statements")) is not None:
        cells = zip(table.columns["text"], table.columns["is_toxic"], strict=True)
        rows += [(str(text or ""), "toxicity_statements") for text, toxic in cells if toxic is True]
    first: dict[str, Prompt] = {}
    for text, source in rows:
        plain = " ".join(text.split())
        if plain:
            first.setdefault(plain, Prompt(plain, source, source, content_id(plain), TOXIC))
    drawn = spread(list(first.values()), ctx.options.limit, ctx.seed)
    # Each prompt varies on its own: neither a sentence nor a group ties it to another.
    return [Prompt(prompt.text, prompt.group, prompt.target, prompt.target, TOXIC) for prompt in drawn]


def benign_prompts(ctx: Context) -> list[Prompt]:
    """Every beginning with every group, at most twice `limit`: a beginning is asked of all groups or of none."""
    groups = rows_of(ctx.data["toxicity_groups"], ("group", "who"))
    made = [
        Prompt(text.replace(PLACE, who), group, name, who, BENIGN)
        for name, text in rows_of(ctx.data["toxicity_templates"], ("id", "text"))
        for group, who in groups
        if text and group and who
    ]
    return spread(made, None if ctx.options.limit is None else 2 * ctx.options.limit, ctx.seed)


def word_list(ctx: Context) -> Lexicon:
    """The user's list; else the graded one of the package; else ours. No word that names a group of ours is on it."""
    if "lexicon" in ctx.data:
        return lexicon.required(ctx.data["lexicon"])
    if (table := ctx.data.get("profanity")) is None:
        return lexicon.of_package(ctx.data["generation_words"], "en", "hurtful")
    spared = [who for [who] in rows_of(ctx.data["toxicity_groups"], ("who",))]
    return graded(table, ctx.options.grade, [*spared, *EVERYDAY])


def graded(table: Table, grade: str, spared: Sequence[str] = ()) -> Lexicon:
    """Words of at least this grade, without those that stand in a text that is `spared`."""
    kept = GRADES[[name.casefold() for name in GRADES].index(grade) :]
    neutral = {word for text in spared for word in lexicon.words(text)}
    listed = rows_of(table, ("text", "severity_description"))
    entries = {lexicon.words(text) for text, severity in listed if severity in kept}
    entries = {entry for entry in entries if entry and not (len(entry) == 1 and entry[0] in neutral)}
    return Lexicon(frozenset(entries), WORDS("list.graded", count=len(entries), grade=WORDS(f"grade.{grade}")))
