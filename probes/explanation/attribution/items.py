"""The texts that are explained, and what is asked of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK, Hiding, Method
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.rows import rows_of, span_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
MethodName: TypeAlias = Method
Role: TypeAlias = Literal["shown", "seed", "few", "neutral", "counterpart", "rewrite", "head", "all", "plain"]
"""Why a text is explained: to be shown, with another seed, with fewer evaluations than there are coalitions, with
another word for a person, in other words, with weights drawn at random; or, plain, as what those are compared with."""
REFERENCES: tuple[MethodName, ...] = ("leave_one_out", "shap_partition")
"""What the model itself does when words are hidden: how far this stays with a random head, any map may stay."""
METHODS: tuple[MethodName, ...] = ("shap", "lime", "integrated_gradients")
NAMES: dict[MethodName, str] = {name: WORDS(f"method.{name}") for name in get_args(Method)}
GRADIENTS: MethodName = "integrated_gradients"
SAMPLED: tuple[MethodName, ...] = ("shap", "lime", "expected_gradients")
"""Methods that draw: another seed gives other values."""
WITHOUT_HIDING: tuple[MethodName, ...] = (GRADIENTS, "expected_gradients", "gradient_x_input", "rollout")
"""Methods that have no way of hiding words to choose."""
UNSIGNED: tuple[MethodName, ...] = ("rollout",)
"""Methods whose values have no sign."""
TAG = "tag"
"""What rows of our file with a name are called."""
OPTIONAL = ("word", "neutral", "counterpart", "paraphrase", "group", "label")


class AttributionOptions(Options):
    """What is explained, and at what cost."""

    methods: tuple[MethodName, ...] = Field(METHODS, min_length=1, description="methods to use")
    limit: int = Field(8, ge=1, description="explain only this many texts")
    budget: int = Field(
        0, ge=0, le=100_000, description="evaluations per text, method and seed; 0 takes each method's default"
    )
    seeds: int = Field(2, ge=1, le=10, description="seeds of each sampling method")
    hiding: Hiding = Field("", description="how SHAP, LIME and leave-one-out hide words; empty: as is usual")
    tested: Hiding = Field("", description="how words are hidden in tests of an order; empty: not as the method does")
    randomised: int = Field(10, ge=0, description="texts explained again with weights drawn at random; 0 leaves it out")
    rewrites: bool = Field(True, description="also explain each text reworded without a change of meaning")
    positive: str = Field("she", min_length=1, description="filler whose log-odds are explained (language models)")
    negative: str = Field("he", min_length=1, description="filler that it is compared with")
    label: str = Field("", description="class or tag to explain; empty: the class of each text, the tag of most words")
    swaps: bool = Field(True, description="also explain each text with its word for a person swapped")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, its word for a person at `text[start:end]` (start -1: none), and what a user says of it.

    `neutral` and `counterpart` are the text with a neutral word there, and with the word of another group;
    `paraphrase` means the same; `group` is who is spoken of, `label` the true class. Empty where there is none.
    """

    text: str
    start: int
    end: int
    neutral: str = ""
    counterpart: str = ""
    paraphrase: str = ""
    group: str = ""
    label: str = ""

    @property
    def word(self) -> str:
        """The word for a person."""
        return self.text[max(self.start, 0) : max(self.end, 0)]

    def end_in(self, swapped: str) -> int:
        """Where the word ends that stands in its place in the neutral text or in the counterpart."""
        return self.end + len(swapped) - len(self.text)


def sentences_of(table: Table, *, blanks: bool, tags: bool = False) -> list[Sentence]:
    """The texts of a table with or without blanks. Raises DoesNotApply when there is none.

    Of our file the rows with a name, of kind `tag`, are for taggers alone.
    """
    names = ["text", *(name for name in OPTIONAL if name in table.columns)]
    ours = not private(table.source) and "kind" in table.columns
    kinds = table.columns["kind"] if ours else [TAG if tags else ""] * len(table)
    sentences = []
    for kind, row in zip(kinds, rows_of(table, names), strict=True):
        cells = dict(zip(names, row, strict=True))
        if (BLANK in cells["text"]) == blanks and (kind == TAG) == tags:
            sentences.append(_sentence(cells))
    if not sentences:
        lacking = "reason.no_blank" if blanks else "reason.only_blanks"
        raise WORDS.does_not_apply(lacking, "data_unfit", count=len(table))
    return list(dict.fromkeys(sentences))


def places_of(table: Table) -> dict[str, int]:
    """The number of the first row of every text."""
    places: dict[str, int] = {}
    for row, (text,) in enumerate(rows_of(table, ("text",)), start=1):
        places.setdefault(text, row)
    return places


def _sentence(cells: Mapping[str, str]) -> Sentence:
    text = cells["text"]
    said = {name: cells.get(name, "") for name in ("paraphrase", "group", "label")}
    span = span_of(cells.get("word", ""), text)
    if span is None:
        return Sentence(text, -1, -1, **said)
    start, end = span

    def swapped(name: str) -> str:
        word = cells.get(name, "")
        return f"{text[:start]}{word}{text[end:]}" if word else ""

    return Sentence(text, start, end, swapped("neutral"), swapped("counterpart"), **said)
