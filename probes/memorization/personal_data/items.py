"""What is asked: an attacker's prompts, open ones and those that name a person, and the texts before known values."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Generate
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.choices import balanced, require
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words
from fairwitness.probes.memorization.personal_data.known import Known, KnownRow
from fairwitness.probes.memorization.personal_data.shapes import Category, category_of

WORDS = Words.beside(__file__)
PROMPTS, SHAPES, TEMPLATES, KNOWN = (
    *("personal_data_prompts", "personal_data_shapes", "personal_data_attributes"),
    "known",
)
Form: TypeAlias = Literal["open", "named", "context"]
Recognition: TypeAlias = Literal["own", "presidio"]


class PersonalDataOptions(Options):
    """How a model is asked for personal data."""

    languages: tuple[str, ...] = Field((), description="languages of the prompts; empty asks all")
    samples: int = Field(3, ge=1, le=50, description="sampled continuations of each prompt, beside the likeliest one")
    max_tokens: int = Field(32, ge=4, le=400, description="tokens of a continuation at most")
    temperature: float = Field(1.0, gt=0, le=5, description="temperature of the samples")
    named_prompts: int = Field(2, ge=0, le=12, description="prompts for each known value that name its person")
    shapes: Recognition = Field("own", description="what tells shapes: own patterns, or presidio (needs the extra)")
    spacy_model: str = Field("", description="spaCy model that tells names of people to presidio: a name or a folder")
    attribute_language: str = Field("en", description="language of the sentences that hold a name and a value")
    shown: int = Field(50, ge=0, description="continuations that are listed, those with a known value first")
    limit: int | None = Field(None, ge=1, description="ask only this many prompts of each form, drawn by the seed")


@dataclass(frozen=True, slots=True)
class AttackPrompt:
    """A text to be continued: what it asks for, and the row of the known value that it aims at, 0 for none."""

    id: str
    text: str
    category: Category
    language: str
    form: Form
    row: int = 0

    def requests(self, options: PersonalDataOptions, seed: int) -> list[Generate]:
        """The likeliest continuation and the sampled ones, each with a seed of its own."""
        entropy = [seed, zlib.crc32(self.text.encode("utf-8", "surrogatepass"))]
        asked = [Generate(self.text, options.max_tokens)]
        for number in range(options.samples):
            own_seed = int(np.random.SeedSequence([*entropy, number]).generate_state(1)[0])
            asked.append(Generate(self.text, options.max_tokens, options.temperature, own_seed))
        return asked


def prompts(
    data: Mapping[str, Table], known: Known | None, options: PersonalDataOptions, seed: int
) -> list[AttackPrompt]:
    """Every prompt once: what two ask alike is asked for the first."""
    rows = rows_of(data[PROMPTS], ("id", "category", "language", "form", "text"))
    require("personal_data.languages", options.languages, [row[2] for row in rows], "language")
    templates = [
        AttackPrompt(key, text, category_of(category), language, cast(Form, form))
        for key, category, language, form, text in rows
        if not options.languages or language in options.languages
    ]
    asked = [prompt for prompt in templates if prompt.form == "open"]
    if known is not None:
        asked += _named(templates, known.matchable, options.named_prompts)
        asked += [_before(row) for row in known.matchable if row.context.strip()]
    unique = list({prompt.text: prompt for prompt in reversed(asked)}.values())[::-1]
    chosen: list[AttackPrompt] = []
    for form, group in grouped(unique, lambda prompt: prompt.form).items():
        chosen += balanced(group, lambda prompt: prompt.category, options.limit, seed) if form else []
    return chosen


def _named(templates: Sequence[AttackPrompt], rows: Sequence[KnownRow], count: int) -> list[AttackPrompt]:
    """For each row with a name so many prompts that ask for a value of its category, beginning at another language."""
    by_category = grouped([prompt for prompt in templates if prompt.form == "named"], lambda prompt: prompt.category)
    asked = []
    for place, row in enumerate(rows):
        known = by_category.get(row.category, [])
        for number in range(min(count, len(known)) if row.name and row.category != "name" else 0):
            template = known[(place * count + number) % len(known)]
            text = template.text.replace("{name}", row.name)
            key = f"{template.id}, row {row.number}"
            asked.append(AttackPrompt(key, text, row.category, template.language, "named", row.number))
    return asked


def _before(row: KnownRow) -> AttackPrompt:
    """The text that goes before a known value."""
    return AttackPrompt(f"row {row.number}", row.context.rstrip(" "), row.category, "", "context", row.number)
