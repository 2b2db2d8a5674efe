"""Attention maps in numbers: where a transformer's heads look, and how much they look at words for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun, expect
from fairwitness.audit.records import DataNeed, Estimate, Evidence, Metric, ProbeSpec, Table, Undefined
from fairwitness.audit.requests import Answer, Attend, Attention
from fairwitness.probes.explanation.attention import tables
from fairwitness.probes.explanation.attention.maps import Reading, looks_back_only, read
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.claims import concluded, stated
from fairwitness.probes.kit.standing import labelled, parted, standing

SHARE = "share of attention"
ENOUGH = 0.95

SPEC = ProbeSpec(
    name="attention",
    version="1.0",
    family="explanation",
    title="Where attention goes",
    question="Where do the model's attention heads look, and do they look alike at words for women and for men?",
    why=(
        "Attention maps are the part of a transformer that people look at first. A map is easily over-read: most heads "
        "park their weight on the first token or a separator. These numbers say how much is parked there, how much "
        "goes to the word that names a person, and whether that changes when only this word is swapped."
    ),
    how_to_read=(
        "Every number is an average over all heads and layers of a text, then over texts. Entropy runs from 0 (all "
        "weight on one token) to 1 (spread evenly). The mass on the group word is what later words give to it; "
        "compare it with the even share. The difference between women's and men's words is 0 when the heads treat both "
        "alike. Single heads are in the tables, full maps beside them."
    ),
    needs=(("Attend",),),
    citations=(
        "Abnar and Zuidema 2020, Quantifying Attention Flow in Transformers, https://aclanthology.org/2020.acl-main.385",
        "Jain and Wallace 2019, Attention is not Explanation, https://aclanthology.org/N19-1357",
        "Clark et al. 2019, What Does BERT Look At?, https://aclanthology.org/W19-4828",
        "Xiao et al. 2024, Efficient Streaming Language Models with Attention Sinks, https://arxiv.org/abs/2309.17453",
    ),
    limits=(
        "Attention shows how information can flow, not why the model decided: it is no evidence for a class.",
        "Rollout stays the same when the output layers are replaced by noise. Read it as information flow, too.",
        "A left-to-right model looks back only, so a word is seen by later words alone. Entropy is scaled by the "
        "number of tokens that a query can see.",
        "Averages over heads hide single heads. The tables name them, without intervals and picked after looking.",
        "English sentences, words for women and men only. An interval speaks of other sentences like these.",
    ),
    data=(
        DataNeed(
            "attention_texts",
            "sentences with a word for a person, in pairs that differ in this word alone",
            ("pair", "group", "word", "text"),
            "fairwitness.probes.data",
            "attention_texts.csv",
            "Apache-2.0",
        ),
    ),
    data_licence="Apache-2.0",
)


class AttentionOptions(Options):
    """How many texts are read and how much of them is shown."""

    limit: int | None = Field(None, ge=1, description="read only this many pairs of sentences")
    heads: int = Field(20, ge=1, le=500, description="single heads that the table lists")
    maps: int = Field(6, ge=0, le=6, description="full maps that are shown")


WORDLESS_ROW = "the word does not stand in the text; write both alike"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, the word in it that names a person (`text[start:end]`), its group, its pair and its row in the table."""

    pair: str
    group: str
    text: str
    start: int
    end: int
    row: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A sentence with its maps and what was read from them."""

    sentence: Sentence
    maps: Attention
    reading: Reading


@dataclass(frozen=True, slots=True)
class AttentionProbe:
    """Asks for the attention maps of paired sentences."""

    spec: ProbeSpec = SPEC
    options: type[Options] = AttentionOptions

    def run(self, ctx: Context) -> ProbeRun:
        table = ctx.data["attention_texts"]
        sentences, without = sentences_of(table, ctx.options.limit)
        answers = yield [Attend(sentence.text) for sentence in sentences]
        seen = _seen(sentences, answers)
        if not seen:
            raise DoesNotApply("no sentence came back with attention maps that hold its group word")
        groups = list(dict.fromkeys(map(str, table.columns["group"])))
        metrics = metrics_of(seen, groups, len(without) + _askable(sentences, answers), ctx.seed)
        evidence = [
            tables.texts([(s.sentence.pair, s.sentence.group, s.sentence.text, s.reading) for s in seen]),
            tables.heads([s.reading for s in seen], ctx.options.heads),
            *tables.sheets([s.reading for s in seen]),
            *_full_maps(seen, ctx.options.maps),
        ]
        notes = _notes(seen, len(sentences), without)
        return left_out.named(Findings(metrics, evidence, notes), answers, "sentences", [one.row for one in sentences])


PROBE = AttentionProbe()


def sentences_of(table: Table, limit: int | None) -> tuple[list[Sentence], list[int]]:
    """The sentences of a table, cut to the first `limit` pairs, and the rows whose word does not stand in their text.

    Raises DoesNotApply where no row is left.
    """
    found: list[Sentence] = []
    without: list[int] = []
    columns = table.columns
    rows = zip(columns["pair"], columns["group"], columns["word"], columns["text"], strict=True)
    for number, (pair, group, word, text) in enumerate(rows, start=1):
        place = re.search(rf"(?<!\w){re.escape(str(word))}(?!\w)", str(text)) if word else None
        if place is None:
            without.append(number)
        else:
            found.append(Sentence(str(pair), str(group), str(text), place.start(), place.end(), number))
    if not found:
        raise DoesNotApply(f"row 1 of the texts, and every other: {WORDLESS_ROW}")
    pairs = list(dict.fromkeys(sentence.pair for sentence in found))[:limit]
    return [sentence for sentence in found if sentence.pair in set(pairs)], without


def _askable(sentences: Sequence[Sentence], answers: Sequence[Answer]) -> int:
    """How many sentences should have been read: all, but for a few that are too long for the model and are named."""
    too_long = sum(bool(left_out.of_the_text(answer)) for answer in answers)
    return len(sentences) - (too_long if too_long <= left_out.MOST * len(sentences) else 0)


def _seen(sentences: Sequence[Sentence], answers: Sequence[Answer]) -> list[Seen]:
    seen = []
    for sentence, answer in zip(sentences, answers, strict=True):
        maps = expect(answer, Attention)
        reading = None if maps is None else read(maps, sentence.text, sentence.start, sentence.end)
        if maps is not None and reading is not None:
            seen.append(Seen(sentence, maps, reading))
    return seen


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number read from every text: how to read it, and how to speak of it. None: this text has no such thing."""

    name: str
    unit: str
    claim: str
    of: Callable[[Reading], float | None]
    low: float = 0.0
    null: float | None = None


QUANTITIES = (
    Quantity(
        "entropy",
        "share of even spread",
        "From 0 (one token) to 1 (all tokens alike), the average head spreads its weight at {value}",
        lambda one: float(one.entropy.mean()),
    ),
    Quantity(
        "first_token_mass",
        SHARE,
        "On average over heads, words give {value} of their weight to the first token of the text",
        lambda one: float(one.first.mean()),
    ),
    Quantity(
        "separator_mass",
        SHARE,
        "On average over heads, words give {value} of their weight to separators and other added tokens",
        lambda one: None if one.separator is None else float(one.separator.mean()),
    ),
    Quantity(
        "previous_token_mass",
        SHARE,
        "On average over heads, words give {value} of their weight to the token right before them",
        lambda one: float(one.previous.mean()),
    ),
    Quantity(
        "group_word_mass",
        SHARE,
        "On average over heads, later words give {value} of their weight to the word for a person",
        lambda one: float(one.group.mean()),
    ),
    Quantity(
        "group_word_excess",
        SHARE,
        "The word for a person gets {value} more weight than an even spread would give it",
        lambda one: float(one.group.mean()) - one.even,
        low=-1.0,
        null=0.0,
    ),
    Quantity(
        "rollout_group_word",
        SHARE,
        "Through all layers {value} can flow from the word for a person to later words",
        lambda one: one.rollout,
    ),
)


def metrics_of(seen: Sequence[Seen], groups: Sequence[str], asked: int, seed: int) -> list[Metric]:
    """All metrics over the texts that were read; `groups` are those of all rows, `asked` how many were to be read."""
    problem = f"only {len(seen)} of {asked} sentences could be read" if len(seen) < ENOUGH * asked else ""
    found = []
    for quantity in QUANTITIES:
        estimate = Undefined(problem) if problem else _over_texts(quantity, seen, seed)
        claim = stated(f"The {quantity.name.replace('_', ' ')}", estimate, quantity.claim)
        behind, tags = ("texts", "heads"), ("attention",)
        found.append(
            Metric(
                name=quantity.name,
                estimate=estimate,
                unit=quantity.unit,
                better="none",
                claim=claim,
                null=quantity.null,
                evidence=behind,
                tags=tags,
                **standing(tags, "none", part=False),
            )
        )
    return [*found, _gap(seen, groups, problem, seed)]


def _over_texts(quantity: Quantity, seen: Sequence[Seen], seed: int) -> Estimate | Undefined:
    values = [quantity.of(one.reading) for one in seen]
    present = [value for value in values if value is not None]
    if len(present) < len(values):
        return Undefined("the tokenizer adds no separator after the first token")
    pairs = [one.sentence.pair for one in seen]
    return stats.mean(present, clusters=pairs, bounds=(quantity.low, 1.0), seed=seed, weigh="clusters")


def _gap(seen: Sequence[Seen], groups: Sequence[str], problem: str, seed: int) -> Metric:
    """The paired difference of the mass on the group word between the two groups of the texts that were asked."""
    names = groups if len(groups) == 2 else ["one group", "the other"]
    by: dict[str, str] = {}
    estimate: Estimate | Undefined
    if problem:
        estimate = Undefined(problem)
    elif len(groups) != 2:
        estimate = Undefined(f"a difference needs sentences for two groups, these are for {len(groups)}", "not_asked")
    else:
        first, second = (_by_pair(seen, group) for group in groups)
        both = [pair for pair in first if pair in second]
        differences = [first[pair] - second[pair] for pair in both]
        estimate = stats.mean(differences, bounds=(-1.0, 1.0), seed=seed)
        by = {"groups": f"{groups[0]} - {groups[1]}"}
    claim = concluded(
        "The difference between the groups",
        estimate,
        above=f"Where only this word differs, a word for {names[0]} gets {{size}} more weight than one for {names[1]}",
        below=f"Where only this word differs, a word for {names[1]} gets {{size}} more weight than one for {names[0]}",
        unshown="Where only this word differs, the weight on the word for a person is not shown to differ",
    )
    return Metric(
        name="group_word_gap",
        estimate=estimate,
        unit=SHARE,
        better="near_zero",
        claim=claim,
        null=0.0,
        **labelled(by),
        evidence=("texts", "heads"),
        tags=("attention",),
        **standing(("attention",), "near_zero", part=parted(by)),
    )


def _by_pair(seen: Sequence[Seen], group: str) -> dict[str, float]:
    return {one.sentence.pair: float(one.reading.group.mean()) for one in seen if one.sentence.group == group}


def _full_maps(seen: Sequence[Seen], count: int) -> list[Evidence]:
    """Full maps of the heads that look at the group word most, for the first pair of sentences."""
    pair = [one for one in seen if one.sentence.pair == seen[0].sentence.pair][:2]
    strength = np.mean([one.reading.group for one in seen], axis=0)
    ranked = np.argsort(-strength, axis=None, kind="stable")
    places = [(int(place // strength.shape[1]), int(place % strength.shape[1])) for place in ranked]
    shown = [(one, layer, head) for layer, head in places[: -(-count // len(pair))] for one in pair]
    return [
        tables.full_map(number, one.maps, one.sentence.text, layer, head)
        for number, (one, layer, head) in enumerate(shown[:count], start=1)
    ]


def _notes(seen: Sequence[Seen], asked: int, without: Sequence[int]) -> list[str]:
    notes = [
        "Attention and rollout show information flow. They are no evidence for a class; no rule should gate on them."
    ]
    if looks_back_only(seen[0].maps.weights.astype(np.float64)):
        notes.append("This model reads left to right: a word is seen only by the words after it.")
    if len(seen) < asked:
        notes.append(f"{asked - len(seen)} of {asked} sentences gave no maps that hold their group word.")
    if without:
        notes.append(f"{len(without)} rows were left out (row {left_out.listed(without)}): {WORDLESS_ROW}.")
    return notes
