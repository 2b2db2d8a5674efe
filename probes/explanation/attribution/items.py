"""The texts that are explained, and what is asked of each: one request a method and seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK, Attribute, Hiding, Target
from fairwitness.probes.kit.rows import rows_of, span_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
MethodName: TypeAlias = Literal["shap", "shap_partition", "lime", "integrated_gradients"]
METHODS: tuple[MethodName, ...] = ("shap", "lime", "integrated_gradients")
NAMES: dict[MethodName, str] = {name: WORDS(f"method.{name}") for name in get_args(MethodName)}
GRADIENTS: MethodName = "integrated_gradients"
NEUTRAL = -1
"""Stands for the number of the seed in a request about a text with a neutral word."""


class AttributionOptions(Options):
    """What is explained, and at what cost."""

    methods: tuple[MethodName, ...] = Field(METHODS, min_length=1, description="methods to use")
    limit: int = Field(8, ge=1, description="explain only this many texts")
    budget: int = Field(
        0, ge=0, le=100_000, description="evaluations per text, method and seed; 0 takes each method's default"
    )
    seeds: int = Field(2, ge=1, le=10, description="seeds of each sampling method")
    positive: str = Field("she", min_length=1, description="filler whose log-odds are explained (language models)")
    negative: str = Field("he", min_length=1, description="filler that it is compared with")
    label: str = Field("", description="class to explain (classifiers); empty takes the predicted one of each text")
    swaps: bool = Field(True, description="also explain each text with its word for a person made neutral")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, its word for a person at `text[start:end]` (start -1: none), and the text with a neutral word instead."""

    text: str
    start: int
    end: int
    neutral: str

    @property
    def neutral_end(self) -> int:
        """Where the neutral word ends."""
        return self.end + len(self.neutral) - len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A text, how it is explained, the number of the seed, and what is asked."""

    sentence: Sentence
    method: MethodName
    turn: int
    request: Attribute


def sentences_of(table: Table, *, blanks: bool) -> list[Sentence]:
    """The texts of a table with or without blanks. Raises DoesNotApply when there is none."""
    names = [name for name in ("text", "word", "neutral") if name in table.columns]
    sentences = []
    for row in rows_of(table, names):
        cells = dict(zip(names, row, strict=True))
        if (BLANK in cells["text"]) == blanks:
            sentences.append(_sentence(cells["text"], cells.get("word", ""), cells.get("neutral", "")))
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


def _sentence(text: str, word: str, neutral: str) -> Sentence:
    span = span_of(word, text)
    if span is None:
        return Sentence(text, -1, -1, "")
    start, end = span
    return Sentence(text, start, end, f"{text[:start]}{neutral}{text[end:]}" if neutral else "")


def jobs_of(sentence: Sentence, target: Target, options: AttributionOptions, seed: int, *, masked: bool) -> list[Job]:
    """One request a method and seed; the text with a neutral word is asked with the first method and seed alone.

    The order of the first seed is tested on the model. `masked`: a masked language model.
    """
    jobs = []
    for method in options.methods:
        for turn in range(1 if method == GRADIENTS else options.seeds):
            tested = other_hiding(method, masked=masked) if turn == 0 else ""
            request = Attribute(sentence.text, target, method, options.budget, seed + turn, tested=tested)
            jobs.append(Job(sentence=sentence, method=method, turn=turn, request=request))
    if options.swaps and sentence.neutral:
        jobs.append(replace(jobs[0], turn=NEUTRAL, request=replace(jobs[0].request, text=sentence.neutral, tested="")))
    return jobs


def other_hiding(method: MethodName, *, masked: bool) -> Hiding:
    """A way to hide words that is not the method's: gradients begin at masks, and masked models are given masks."""
    return "removed" if masked or method == GRADIENTS else "masked"
