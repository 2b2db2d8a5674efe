"""What fills a blank of a source: spans between sentinels (T5), or words put back where a mask stood (BART).

The value of a filler is the log-probability that exactly this text comes in the blank's place. With sentinels it is
that of its tokens behind the first sentinel and then of the second, or of the end: without it "she" would be worth no
less than "she and he". With a mask it is that of its tokens behind the text before it and then of the text that
follows, up to the next blank or with the end: by the chain rule log P(whole text | source) less
log P(text before | source), which is the same for all fillers, so that fillers are compared by the likelihood of the
whole text with each in its place. A blank before the asked one is the mask in the target too: nobody says which word
stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.huggingface.sequences.passes import Ids, Target, Values, target_values
from fairwitness.audit.huggingface.sequences.writing import SENTINELS, source_ids
from fairwitness.audit.requests import BLANK, Filled, FillMask, Unanswered

POOL = 32
"""Likeliest first tokens that are tried at once as words of their own."""
MOST_TRIED = 256
"""Of these, after which the likeliest fillers count as not known."""


@dataclass(slots=True)
class _Gap:
    """A blank as it is asked: the source, the ids before it in a target (lead included), and the text around it."""

    source: Ids
    begin: Ids
    before: str
    after: str
    closers: Ids
    targets: list[Target] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


def fill_blanks(loaded: Loaded, batch: Sequence[FillMask]) -> list[Filled | Unanswered]:
    """Fillers of all requests, computed together; the likeliest ones of each after it."""
    gaps = [_planned(loaded, request) for request in batch]
    targets = [target for gap in gaps if isinstance(gap, _Gap) for target in gap.targets]
    values = iter(target_values(loaded, targets))
    answers: list[Filled | Unanswered] = []
    for request, gap in zip(batch, gaps, strict=True):
        if isinstance(gap, Unanswered):
            answers.append(gap)
            continue
        sums = [next(values).total for _ in gap.targets]
        top = likeliest_fillers(loaded, gap, request.top) if request.top else []
        answers.append(_filled(loaded, gap, sums, top))
    return answers


def rows_of(loaded: Loaded, request: FillMask) -> tuple[int, int]:
    """Targets that a request costs and the tokens of the longest with its source; (0, 0) where it has no answer."""
    gap = _planned(loaded, request)
    if isinstance(gap, Unanswered):
        return 0, 0
    longest = max((len(target.ids) for target in gap.targets), default=len(gap.begin))
    return len(gap.targets) + (POOL if request.top else 0), len(gap.source) + longest


def _filled(
    loaded: Loaded, gap: _Gap, sums: Sequence[float], top: Sequence[tuple[int, float]] | Unanswered
) -> Filled | Unanswered:
    if isinstance(top, Unanswered):
        return top
    numbers = np.array([*sums, *(value for _, value in top)], dtype=np.float32)
    if not np.isfinite(numbers).all():
        return Unanswered("the model gave a value that is not a finite number")
    held = [float(number) for number in numbers]
    ids = tuple(token for token, _ in top)
    words = filler_words(loaded, ids)
    return Filled(tuple(held[: len(sums)]), tuple(gap.counts), tuple(zip(words, held[len(sums) :], strict=True)), ids)


def filler_words(loaded: Loaded, ids: Sequence[int]) -> tuple[str, ...]:
    """Single tokens as they fill a blank."""
    return tuple(loaded.encoder.tokenizer.decode([token]).strip() for token in ids)


def _planned(loaded: Loaded, request: FillMask) -> _Gap | Unanswered:
    parts = request.text.split(BLANK)
    if not 0 <= request.at < len(parts) - 1:
        return Unanswered(f"the text has {len(parts) - 1} blanks, and number {request.at} (from 0) was asked")
    if not request.targets and not request.top:
        return Unanswered("neither targets nor likeliest tokens were asked")
    gap = _spans(loaded, parts, request.at) if loaded.writing.blanks == "spans" else _mask(loaded, parts, request.at)
    if isinstance(gap, Unanswered):
        return gap
    for word in request.targets:
        target = _target(loaded, gap, word)
        if isinstance(target, Unanswered):
            return target
        gap.targets.append(target[0])
        gap.counts.append(target[1])
    return gap


def _spans(loaded: Loaded, parts: Sequence[str], asked: int) -> _Gap | Unanswered:
    """The asked blank is the first sentinel wherever it stands, since a target begins with that; others follow."""
    writing, encoder = loaded.writing, loaded.encoder
    if len(parts) - 1 >= len(writing.sentinels):
        return Unanswered(f"the text has {len(parts) - 1} blanks and the tokenizer {len(writing.sentinels)} sentinels")
    if any(token in part for token in SENTINELS for part in parts):
        return Unanswered("the text spells a sentinel itself")
    others = iter(writing.sentinels[1:])
    text = parts[0]
    for number, part in enumerate(parts[1:]):
        text += encoder.token(writing.sentinels[0] if number == asked else next(others)) + part
    source = source_ids(encoder, writing, text)
    if isinstance(source, Unanswered):
        return source
    if any(source.count(token) != 1 for token in writing.sentinels[: len(parts) - 1]):
        return Unanswered("the tokenizer does not keep the sentinel in this text")
    before = parts[asked]
    gap = " " if not before or before[-1].isspace() else ""
    begin = (*writing.lead, writing.sentinels[0])
    closers = tuple(dict.fromkeys((writing.sentinels[1], *writing.ends)))
    return _Gap(source, begin, encoder.token(writing.sentinels[0]) + gap, "", closers)


def _mask(loaded: Loaded, parts: Sequence[str], asked: int) -> _Gap | Unanswered:
    writing, encoder = loaded.writing, loaded.encoder
    mask = encoder.token(encoder.mask_id or 0)
    source = source_ids(encoder, writing, mask.join(parts))
    if isinstance(source, Unanswered):
        return source
    if source.count(encoder.mask_id or 0) != len(parts) - 1:
        return Unanswered("the tokenizer does not keep the mask token in this text")
    closers = writing.ends if asked == len(parts) - 2 else ()
    return _Gap(source, writing.lead, mask.join(parts[: asked + 1]), parts[asked + 1], closers)


def _target(loaded: Loaded, gap: _Gap, word: str) -> tuple[Target, int] | Unanswered:
    """The target with a filler in the blank, and the filler's number of tokens."""
    placed = place_filler(loaded.encoder, gap.before, word, gap.after, special=False)
    if isinstance(placed, Unanswered):
        return placed
    encoded, first, last = placed
    if loaded.writing.blanks == "spans":
        ids, scored = (*gap.begin, *encoded.ids[first:last]), len(gap.begin)
    else:
        ids, scored = (*gap.begin, *encoded.ids), len(gap.begin) + first
    return loaded.encoder.fits(len(ids)) or (Target(gap.source, ids, scored, gap.closers), last - first)


def likeliest_fillers(loaded: Loaded, gap: _Gap, count: int) -> list[tuple[int, float]] | Unanswered:
    """The `count` likeliest fillers of one token, likeliest first.

    A filler is no likelier than its first token, so that those are tried from the likeliest on until the next one is
    below all that are known. Unanswered where `MOST_TRIED` do not settle it.
    """
    begin = _beginning(loaded, gap)
    [first] = target_values(loaded, [Target(gap.source, begin, len(begin), top=MOST_TRIED)])
    known: list[tuple[int, float]] = []
    tried = 0
    while tried < len(first.likeliest):
        pool = first.likeliest[tried : tried + max(POOL, count)]
        tried += len(pool)
        known += _of_one_token(loaded, gap, [token for token, _ in pool])
        known = sorted(known, key=lambda pair: (-pair[1], pair[0]))[:count]
        bound = first.likeliest[tried - 1][1]  # no token that was not tried is likelier
        if len(known) == count and known[-1][1] >= bound:
            return known
    if len(first.likeliest) < MOST_TRIED and known:
        return known  # it has no more tokens
    return Unanswered(f"the likeliest fillers are not settled by the {MOST_TRIED} likeliest beginnings")


def _beginning(loaded: Loaded, gap: _Gap) -> Ids:
    """What a target has before the filler."""
    if loaded.writing.blanks == "spans" or not gap.before.strip():
        return gap.begin
    encoder = loaded.encoder
    hidden = encoder.mask_id or 0
    ids = encoder.encode(gap.before + encoder.token(hidden) + gap.after, special=False).ids
    place = [number for number, token in enumerate(ids) if token == hidden][gap.before.count(encoder.token(hidden))]
    return (*gap.begin, *ids[:place])


def _of_one_token(loaded: Loaded, gap: _Gap, tokens: Sequence[int]) -> list[tuple[int, float]]:
    """The values of tokens that, as words in this place, are that token alone."""
    targets: list[Target] = []
    kept: list[int] = []
    tokenizer = loaded.encoder.tokenizer
    odd = {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}
    for token, word in zip(tokens, filler_words(loaded, tokens), strict=True):
        placed = _target(loaded, gap, word) if word and token not in odd else Unanswered("no word")
        if isinstance(placed, Unanswered):
            continue
        target, length = placed
        if length == 1 and target.ids[target.first] == token:
            targets.append(target)
            kept.append(token)
    values: list[Values] = target_values(loaded, targets)
    return [(token, value.total) for token, value in zip(kept, values, strict=True)]
