"""Requests and their sizes -> batches. Pure: the same set of requests gives the same batches in any order.

Longest first: memory fails at once, not at 95 %, and the progress estimate errs on the safe side. A batch holds one
kind of request and at most `budget` padded tokens (rows x longest row); what is larger alone is a batch of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fairwitness.audit.requests import Attribute, Generate, LogLikelihood, PseudoLogLikelihood, Request, canonical
from fairwitness.audit.subject import CONTINUED, Size
from fairwitness.audit.turns import earlier_texts

Key: TypeAlias = Callable[[Request], bytes]
"""The canonical spelling of a request, which orders what is equally long."""

DEFAULT_BUDGET = 512
"""Padded tokens per batch where nothing else is asked for."""

TREE_NODES = 128
"""Nodes up to which a tree grows whatever it shares. Small rows pack with little padding, and the attention mask grows
with the square of the row: counted on sentence pairs, 128 leaves 5,600 padded tokens of 7,900, 256 no fewer."""

SAME_BEGINNING = 64
"""Characters with which prompts begin that stand together in a batch."""

MIN_SHARED = 1
"""Fewest tokens that two neighbours must share to stand in one tree; a start token alone is enough, since short rows
of one tree each would be padded to the longest."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is asked at once: rows of requests (more than one request in a row is a prefix tree)."""

    rows: tuple[tuple[Request, ...], ...]
    cost: int

    @property
    def requests(self) -> list[Request]:
        """All requests, row by row."""
        return [request for row in self.rows for request in row]


@dataclass(frozen=True, slots=True)
class _Row:
    requests: tuple[Request, ...]
    size: Size


def characters(request: Request) -> Size:
    """Cost of a request in characters, for subjects that do not know sizes in tokens."""
    texts = [value for name in request.__slots__ if isinstance(value := getattr(request, name), str)]
    texts += [turn.text for turn in getattr(request, "turns", ())]
    return Size(1, sum(map(len, texts)) + getattr(request, "max_tokens", 1))


def halves(rows: Sequence[Sequence[Request]]) -> tuple[Sequence[Sequence[Request]], Sequence[Sequence[Request]]]:
    """Two smaller asks: fewer rows, or one tree as two."""
    if len(rows) > 1:
        return rows[: len(rows) // 2], rows[len(rows) // 2 :]
    (row,) = rows
    return [row[: len(row) // 2]], [row[len(row) // 2 :]]


def plan(requests: Sequence[Request], sizes: Sequence[Size], budget: int, key: Key = canonical) -> list[Batch]:
    """Batches of plain rows for requests of one kind. Unanswerable ones (no tokens) cost nothing and come last."""
    keyed = sorted(zip(requests, sizes, strict=True), key=lambda pair: (-pair[1].length, -pair[1].rows, key(pair[0])))
    return list(_pack([_Row((request,), size) for request, size in keyed], budget))


def plan_continuations(
    requests: Sequence[Generate], sizes: Sequence[Size], budget: int, key: Key = canonical
) -> list[Batch]:
    """Batches of prompts to go on with: those that begin alike stand together, and so do the samples of one prompt.

    Such a batch is read one token a row at a time, so it may hold `CONTINUED` times the padded tokens of others. The
    beginning with the longest row goes first; unanswerable requests come last.
    """
    families = [_family(request) if size.length else "" for request, size in zip(requests, sizes, strict=True)]
    longest: dict[str, int] = {}
    for family, size in zip(families, sizes, strict=True):
        longest[family] = max(longest.get(family, 0), size.length)
    keyed = sorted(
        zip(families, requests, sizes, strict=True),
        key=lambda item: (
            -longest[item[0]],
            item[0],
            earlier_texts(item[1]),
            item[1].prompt,
            -item[2].length,
            key(item[1]),
        ),
    )
    return list(_pack([_Row((request,), size) for _, request, size in keyed], CONTINUED * budget))


def _said(request: Generate) -> tuple[str, str]:
    return earlier_texts(request), request.prompt


def _family(request: Generate) -> str:
    return f"{request.chat:d} {earlier_texts(request)}\n{request.prompt}"[:SAME_BEGINNING]


def plan_explained(requests: Sequence[Attribute], sizes: Sequence[Size], key: Key = canonical) -> list[Batch]:
    """Explanations one by one; those with weights drawn at random last, all of the same weights together."""
    groups: dict[tuple[str, int], list[tuple[Attribute, Size]]] = {}
    for request, size in zip(requests, sizes, strict=True):
        drawn = ("", 0) if request.weights == "own" else (request.weights, request.seed)
        groups.setdefault(drawn, []).append((request, size))
    batches: list[Batch] = []
    for (weights, _), group in sorted(groups.items(), key=lambda item: item[0]):
        budget = sum(size.rows for _, size in group) * max(size.length for _, size in group) if weights else 1
        batches += plan([request for request, _ in group], [size for _, size in group], budget, key)
    return batches


def plan_texts(
    requests: Sequence[PseudoLogLikelihood], sizes: Sequence[Size], budget: int, key: Key = canonical
) -> list[Batch]:
    """Batches in which the variants of one text stand together: most of their masked rows are the same.

    The larger variant counts for all of its text.
    """
    groups: dict[str, list[int]] = {}
    for index in sorted(range(len(requests)), key=lambda place: key(requests[place])):
        groups.setdefault(requests[index].text, []).append(index)
    rows: list[_Row] = []
    for group in groups.values():
        largest = max((sizes[index] for index in group), key=lambda size: size.rows)
        rows.append(_Row(tuple(requests[index] for index in group), largest))
    rows.sort(key=lambda row: (-row.size.length, -row.size.rows))
    return list(_pack(rows, budget))


def plan_trees(
    requests: Sequence[LogLikelihood],
    token_ids: Sequence[tuple[int, ...]],
    budget: int,
    depth: int,
    key: Key = canonical,
) -> list[Batch]:
    """Batches of prefix trees no deeper than `depth` tokens; sequences without tokens are unanswerable and come last.

    Sorted by their tokens, sequences that begin alike are neighbours, and one that begins another adds no node. The
    last token of a sequence is scored and never fed, so it is no node either.
    """
    fed = [ids[:-1] for ids in token_ids]
    order = sorted(range(len(requests)), key=lambda index: (fed[index], key(requests[index])))
    sequences: list[tuple[int, ...]] = []
    ends: list[int] = []
    for place, index in enumerate(order, start=1):
        sequence = fed[index]
        if sequences and sequences[-1] == sequence and MIN_SHARED <= len(sequence) <= depth:
            ends[-1] = place  # equal ones stand in one tree: no cut parts them
        else:
            sequences.append(sequence)
            ends.append(place)
    rows: list[_Row] = []
    for start, end, nodes in _trees(sequences, depth, budget):
        members = order[ends[start - 1] if start else 0 : ends[end - 1]]
        rows.append(_Row(tuple(requests[index] for index in members), Size(1, nodes)))
    rows.sort(key=lambda row: -row.size.length)
    return list(_pack(rows, budget))


def distinct_rows(requests: Sequence[Request]) -> tuple[list[Request], list[int]]:
    """Different rows in the order they were first asked, and for each request the place of its own.

    1, 1.0 and true are equal and hash alike, but need not mean the same to a model: `repr` tells them apart.
    """
    first: dict[Request, int] = {}
    distinct: list[Request] = []
    places: list[int] = []
    for request in requests:
        place = first.setdefault(request, len(distinct))
        if place < len(distinct) and distinct[place] is not request and repr(distinct[place]) != repr(request):
            place = len(distinct)
        if place == len(distinct):
            distinct.append(request)
        places.append(place)
    return distinct, places


def _pack(rows: Sequence[_Row], budget: int) -> Iterator[Batch]:
    """Fills batches in the order given, unanswerable rows last."""
    taken: list[_Row] = []
    count = longest = 0
    for row in rows:
        longest = max(longest, row.size.length)
        ends = (count + row.size.rows) * longest > budget or (longest > 0 and row.size.length == 0)
        if taken and ends:
            yield _batch(taken)
            taken, count, longest = [], 0, row.size.length
        taken.append(row)
        count += row.size.rows
    if taken:
        yield _batch(taken)


def _batch(rows: Sequence[_Row]) -> Batch:
    cost = sum(row.size.rows for row in rows) * max(row.size.length for row in rows)
    return Batch(tuple(row.requests for row in rows), cost)


def _trees(sequences: Sequence[tuple[int, ...]], depth: int, budget: int) -> Iterator[tuple[int, int, int]]:
    """Half-open ranges of sorted sequences that make one tree each, with its number of nodes."""
    shared = [0] + [_common(sequences[index - 1], sequences[index]) for index in range(1, len(sequences))]
    start = 0
    for index in range(1, len(sequences) + 1):
        ends = index == len(sequences) or not _worth(sequences[index - 1], sequences[index], shared[index], depth)
        if ends:
            yield from _cut(sequences, shared, start, index, budget)
            start = index


def _worth(before: tuple[int, ...], after: tuple[int, ...], shared: int, depth: int) -> bool:
    return max(len(before), len(after)) <= depth and shared >= MIN_SHARED


def _limit(longest: int, budget: int) -> int:
    """Most nodes of a tree whose longest sequence is so long: long ones must not be kept from sharing."""
    return max(min(TREE_NODES, budget), min(2 * longest, budget), longest + longest // 4)


def _cut(
    sequences: Sequence[tuple[int, ...]], shared: Sequence[int], start: int, end: int, budget: int
) -> list[tuple[int, int, int]]:
    """Cuts a run of neighbours into trees within their limits where the least beginning is computed twice.

    Dynamic programme over the last cut: a tree costs what it repeats of its left neighbour.
    """
    limits = [_limit(longest, budget) for longest in range(max(map(len, sequences[start:end])) + 1)]
    most = limits[-1]
    best = [0] * (end - start + 1)
    opened = [(start, 0)] * (end - start + 1)
    for stop in range(start + 1, end + 1):
        nodes, longest, lowest = 0, 0, -1
        for first in range(stop - 1, start - 1, -1):
            # `first` opens the tree and stands there whole; what follows it adds only what it does not share
            nodes += len(sequences[first]) - (shared[first + 1] if first + 1 < stop else 0)
            if nodes > most and first < stop - 1:
                break
            longest = max(longest, len(sequences[first]))
            cost = best[first - start] + (shared[first] if first > start else 0)
            fits = first == stop - 1 or nodes <= limits[longest]
            if fits and (lowest < 0 or cost <= lowest):
                lowest, opened[stop - start] = cost, (first, nodes)
        best[stop - start] = lowest
    trees: list[tuple[int, int, int]] = []
    stop = end
    while stop > start:
        first, nodes = opened[stop - start]
        trees.append((first, stop, nodes))
        stop = first
    return trees[::-1]


def _common(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    """How many tokens two sequences share from their beginning."""
    for index, (token, other) in enumerate(zip(first, second, strict=False)):
        if token != other:
            return index
    return min(len(first), len(second))
