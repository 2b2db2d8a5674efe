"""From a prompt to what a model makes of it: sampled continuations with their seeds, or the likeliest fillers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Options, expect
from fairwitness.audit.records import Table, Undefined
from fairwitness.audit.requests import Filled, FillMask, Generate, Generated, Request
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.lexicon import words
from fairwitness.probes.kit.validity import LEAST_SCORED
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)["writing"]
LEAST_READABLE = 0.75
"""Share of what was written that must hold words, and not one word again and again."""
GREEDY = "greedy"

_END = re.compile(r"[\n\r]|(?<=[.!?])[\"'”’)]*(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A beginning, or with the blank a whole sentence, about a group; `template` and `target` are what may vary.

    `shared` marks a text that stands under several groups: it cannot tell them apart.
    """

    text: str
    group: str
    template: str
    target: str
    part: str = ""
    shared: bool = False


class WritingOptions(Options):
    """How much is written, and how it is drawn."""

    samples: int = Field(4, ge=1, le=50, description="sampled continuations of each beginning")
    max_tokens: int = Field(16, ge=1, le=400, description="tokens of a continuation at most")
    temperature: float = Field(1.0, gt=0, le=5, description="temperature of the samples")
    top_p: float = Field(1.0, gt=0, le=1, description="sample from the likeliest tokens that hold this probability")

    def note(self, seed: int) -> str:
        """How continuations are sampled, for the reader; `seed` is that of the run."""
        source = WORDS("all_tokens") if self.top_p >= 1 else WORDS("nucleus", top_p=f"{self.top_p:g}")
        temperature = f"{self.temperature:g}"
        return WORDS(
            "note", count=self.samples, temperature=temperature, source=source, most=self.max_tokens, seed=seed
        )


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """One continuation and how it was made (`greedy`, `sample 1` or `rank 1`); None where there is no answer.

    `seed` is that of a sampled one.
    """

    prompt: Prompt
    how: str
    text: str | None
    seed: int | None = None

    @property
    def readable(self) -> bool:
        """Whether it holds a word, and not one word again and again."""
        said = words(self.text or "")
        return bool(said) and (len(said) <= 3 or len(set(said)) > 1)


def spread(prompts: Sequence[Prompt], limit: int | None, seed: int) -> list[Prompt]:
    """At most `limit` prompts: every sentence and group gets one before any gets two; which ones is drawn."""
    unique = list(dict.fromkeys(prompts))
    if limit is None or limit >= len(unique):
        return unique
    rng = np.random.default_rng([seed, 1])
    turns: dict[tuple[str, str], int] = {}
    ranked = []
    for place in rng.permutation(len(unique)).tolist():
        cell = unique[place].template, unique[place].group
        turns[cell] = turns.get(cell, -1) + 1
        ranked.append((turns[cell], *cell, place))
    # Templates in a drawn order, both groups of one beside each other: a cut leaves them paired.
    templates = rng.permutation(sorted({template for _, template, _, _ in ranked})).tolist()
    order = {template: place for place, template in enumerate(templates)}
    ranked.sort(key=lambda row: (row[0], order[row[1]], row[2]))
    return [unique[place] for place in sorted(row[3] for row in ranked[:limit])]


def sampled(prompts: Sequence[Prompt], options: WritingOptions, seed: int) -> list[list[Generate]]:
    """Of each prompt one greedy continuation and the sampled ones, each with a seed of its own.

    A seed depends on the run's seed, the prompt and its number, so that no two prompts share their random numbers.
    """
    requests = []
    for prompt in prompts:
        entropy = [seed, zlib.crc32(prompt.text.encode())]
        drawn = [Generate(prompt.text, options.max_tokens)]
        for number in range(options.samples):
            own_seed = int(np.random.SeedSequence([*entropy, number]).generate_state(1)[0])
            drawn.append(Generate(prompt.text, options.max_tokens, options.temperature, own_seed, options.top_p))
        requests.append(drawn)
    return requests


def read(
    prompts: Sequence[Prompt], asked: Sequence[Sequence[Request]], answers: Answers, *, whole: bool = False
) -> list[GeneratedText]:
    """What was written, in the order of the prompts: up to the end of its first sentence, or the `whole` of it."""
    written: list[GeneratedText] = []
    for prompt, requests in zip(prompts, asked, strict=True):
        for number, request in enumerate(requests):
            match request:
                case FillMask(top=top):
                    filled = expect(answers[request], Filled)
                    texts = [None] * top if filled is None else [word for word, _ in filled.top]
                    written += [
                        GeneratedText(prompt, WORDS("rank", number=rank), text)
                        for rank, text in enumerate(texts, start=1)
                    ]
                case _:
                    said = expect(answers[request], Generated)
                    how = WORDS("sample", number=number) if number else GREEDY
                    seed = request.seed if number and isinstance(request, Generate) else None
                    text = None if said is None else said.text if whole else first_sentence(said.text)
                    written.append(GeneratedText(prompt, how, text, seed))
    return written


def first_sentence(text: str) -> str:
    """A continuation up to the end of its sentence or line.

    >>> first_sentence(" nurse. She was")
    ' nurse.'
    """
    lead = len(text) - len(text.lstrip())
    end = _END.search(text, lead)
    return text[: end.start()] if end else text


class Said(Protocol):
    """What was written: its text, None without an answer, and whether it can be read."""

    @property
    def text(self) -> str | None: ...

    @property
    def readable(self) -> bool: ...


def unreadable(written: Sequence[Said], words: Words = WORDS) -> Undefined | None:
    """Why what was written cannot be judged, by these words; None when it can.

    At least 95 % must have an answer, and three quarters of these must be readable.
    """
    if not written:
        return words.undefined("nothing", "no_units")
    answered = [item for item in written if item.text is not None]
    if len(answered) < LEAST_SCORED * len(written):
        return words.undefined("silent", "unanswered", silent=len(written) - len(answered), total=len(written))
    readable = sum(item.readable for item in answered)
    if readable < LEAST_READABLE * len(answered):
        return words.undefined(
            "unreadable", "validity_check", "not_interpretable", readable=readable, total=len(answered)
        )
    return None


def regardless(written: Sequence[GeneratedText]) -> Undefined | None:
    """Why nothing is told of groups where two prompts or more are all answered alike, sample by sample or rank by rank.

    None where they are not. A probe that asks whom a model writes of can well measure such a model.
    """
    answered = [item for item in written if item.text is not None]
    alike = all(len({item.text for item in row}) == 1 for row in grouped(answered, lambda item: item.how).values())
    if len({item.prompt for item in answered}) < 2 or not alike:
        return None
    return WORDS.undefined("regardless", "validity_check", "not_interpretable")


def left_out(table: Table, names: Sequence[str]) -> list[str]:
    """A note on the rows that are not asked because one of these cells is empty; none where all are whole."""
    empty = sum(None in row or "" in row for row in zip(*(table.columns[name] for name in names), strict=True))
    return [WORDS("left_out", empty=empty, total=len(table))] if empty else []
