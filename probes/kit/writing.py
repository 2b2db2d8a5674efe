"""From a prompt to what a model makes of it: sampled continuations with their seeds, or the likeliest fillers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Table, Undefined
from fairwitness.audit.requests import Answer, Filled, FillMask, Generate, Generated, Request
from fairwitness.probes.kit.lexicon import words

SCORED_FLOOR = 0.95
READABLE_FLOOR = 0.75
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


@dataclass(frozen=True, slots=True)
class Sampling:
    """How continuations are sampled: how many, of how many tokens, at which temperature, from which nucleus."""

    count: int
    most: int
    temperature: float
    top_p: float

    def told(self, seed: int) -> str:
        """The same as a note for the reader; `seed` is that of the run."""
        share = f"the likeliest tokens that hold {self.top_p:g} of the probability (top_p)"
        return (
            f"Sampled continuations, {self.count} of each prompt, are drawn at temperature {self.temperature:g} from "
            f"{'all tokens (top_p 1)' if self.top_p >= 1 else share}, at most {self.most} tokens long; each has a seed "
            f"of its own, made of the run's seed {seed}, the prompt and its number."
        )


@dataclass(frozen=True, slots=True)
class Written:
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
        found = words(self.text or "")
        return bool(found) and (len(found) <= 3 or len(set(found)) > 1)


def spread(prompts: Sequence[Prompt], limit: int | None, seed: int) -> list[Prompt]:
    """At most `limit` prompts: every sentence and group gets one before any gets two; which ones is drawn."""
    unique = list(dict.fromkeys(prompts))
    if limit is None or limit >= len(unique):
        return unique
    rng = np.random.default_rng([seed, 1])
    turns: dict[tuple[str, str], int] = {}
    ranked = []
    for at in rng.permutation(len(unique)):
        cell = unique[at].template, unique[at].group
        turns[cell] = turns.get(cell, -1) + 1
        ranked.append((turns[cell], unique[at].template, unique[at].group, int(at)))
    # Templates in a drawn order, both groups of one beside each other: a cut leaves them paired.
    order = {name: place for place, name in enumerate(rng.permutation(sorted({one[1] for one in ranked})))}
    ranked.sort(key=lambda one: (one[0], order[one[1]], one[2]))
    return [unique[at] for at in sorted(at for *_, at in ranked[:limit])]


def sampled(prompts: Sequence[Prompt], how: Sampling, seed: int) -> list[list[Generate]]:
    """Of each prompt one greedy continuation and the sampled ones, each with a seed of its own.

    A seed depends on the run's seed, the prompt and its number, so that no two prompts share their random numbers.
    """
    found = []
    for one in prompts:
        key = zlib.crc32(one.text.encode())
        seeds = [int(np.random.SeedSequence([seed, key, at]).generate_state(1)[0]) for at in range(how.count)]
        drawn = [Generate(one.text, how.most, how.temperature, own, how.top_p) for own in seeds]
        found.append([Generate(one.text, how.most), *drawn])
    return found


def distinct(asked: Sequence[Sequence[Request]]) -> list[Request]:
    """Every request once."""
    return list(dict.fromkeys(request for group in asked for request in group))


def read(
    prompts: Sequence[Prompt], asked: Sequence[Sequence[Request]], answers: dict[Request, Answer]
) -> list[Written]:
    """What was written, in the order of the prompts."""
    found: list[Written] = []
    for prompt, requests in zip(prompts, asked, strict=True):
        for at, request in enumerate(requests):
            match request:
                case FillMask(top=top):
                    filled = expect(answers[request], Filled)
                    texts = [None] * top if filled is None else [word for word, _ in filled.top]
                    found += [Written(prompt, f"rank {rank}", text) for rank, text in enumerate(texts, start=1)]
                case _:
                    said = expect(answers[request], Generated)
                    how = f"sample {at}" if at else GREEDY
                    seed = request.seed if at and isinstance(request, Generate) else None
                    found.append(Written(prompt, how, None if said is None else first_sentence(said.text), seed))
    return found


def first_sentence(text: str) -> str:
    """A continuation up to the end of its sentence or line.

    >>> first_sentence(" nurse. She was")
    ' nurse.'
    """
    lead = len(text) - len(text.lstrip())
    end = _END.search(text, lead)
    return text[: end.start()] if end else text


def below_floor(written: Sequence[Written]) -> Undefined | None:
    """Why what was written cannot be judged; None when it can."""
    if not written:
        return Undefined("nothing was asked")
    answered = [one for one in written if one.text is not None]
    if len(answered) < SCORED_FLOOR * len(written):
        silent = len(written) - len(answered)
        return Undefined(f"below the competence floor: {silent} of {len(written)} have no answer")
    plain = sum(one.readable for one in answered)
    if plain < READABLE_FLOOR * len(answered):
        why = f"only {plain} of {len(answered)} completions hold words, not one repeated"
        return Undefined(f"below the competence floor: {why}", "not_interpretable")
    return None


def regardless(written: Sequence[Written]) -> Undefined | None:
    """Why nothing is told of groups where two prompts or more are all answered alike, sample by sample or rank by rank.

    None where they are not. A probe that asks whom a model writes of can well measure such a model.
    """
    told: dict[str, set[str]] = {}
    answered = [(one, one.text) for one in written if one.text is not None]
    for one, text in answered:
        told.setdefault(one.how, set()).add(text)
    if len({one.prompt for one, _ in answered}) < 2 or any(len(texts) > 1 for texts in told.values()):
        return None
    return Undefined("below the competence floor: what is written after every prompt is the same", "not_interpretable")


def left_out(table: Table, names: Sequence[str]) -> list[str]:
    """A note on the rows that are not asked because one of these cells is empty; none where all are whole."""
    empty = sum(None in row or "" in row for row in zip(*(table.columns[name] for name in names), strict=True))
    return [f"{empty} of {len(table)} rows have an empty cell and are left out."] if empty else []
