"""What a freshly loaded model can really do, found by asking it: shortcuts are used only where they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import ModuleList

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.causal import Work, score
from fairwitness.audit.huggingface.encode import Encoded, Fed
from fairwitness.audit.huggingface.loaded import REFUSALS, Batching, Loaded, inference
from fairwitness.audit.huggingface.patchable import find_patchable
from fairwitness.audit.huggingface.questions import boundary_logits
from fairwitness.audit.huggingface.rows import Rows
from fairwitness.audit.huggingface.sequences.tries import examine_writing
from fairwitness.audit.huggingface.stack import find_stack
from fairwitness.audit.huggingface.tagger import token_logits
from fairwitness.audit.huggingface.tasks import encodes
from fairwitness.audit.huggingface.trees import grow
from fairwitness.audit.huggingface.tries import (
    LONG,
    Reading,
    Tries,
    attention_maps_tried,
    difference,
    readable,
    sample_ids,
    slack,
)
from fairwitness.audit.reasons import WORDS, not_asked, note
from fairwitness.audit.records import Note
from fairwitness.audit.requests import TokenScores
from fairwitness.audit.words import Shown

WINDOWS = (
    "sliding_window",
    "window_size",
    "attention_window",
    "attention_window_size",
    "attention_chunk_size",
    "local_attention",
)
"""Names of a configuration for how far back a layer may look."""
OTHER_CONFIGURATION = "its config.json is of another model; --base names the one that it was exported from"


def examine(loaded: Loaded, reading: Reading, spec: str) -> Abilities:
    """Asks the model in each way once; sets what `Loaded` says of it: `joined`, `batching`, `tree_limit` and the like.

    Raises UnfitModel for a model that takes no plain text, that answers otherwise each time, or that is said to be
    causal and reads ahead.
    """
    if reading == "targets":
        return _examine_sequences(loaded, spec)
    lacking: dict[str, str] = {}
    notes: list[Note] = []
    with inference(loaded):
        language_model = reading in ("masked tokens", "next tokens")
        loaded.joined = language_model  # until body and head were seen to work apart
        unmarked = _unmarked(loaded, reading)
        tries = Tries(loaded, "states" if unmarked else reading, spec)
        if language_model and _splits(loaded, tries):
            loaded.joined = False  # and two calls gave the same
        else:
            tries.repeats()
            if language_model:
                lacking["Embed"] = "joined"
        notes += _batches(loaded, tries)
        notes += _maps(loaded, tries, lacking, padded=reading == "masked tokens")
        if reading in ("masked tokens", "next tokens", "classes"):
            loaded.patchable = find_patchable(loaded, sample_ids(loaded, 1, readable(loaded, 4))[0])
            if loaded.patchable is None:
                lacking["Patch"] = "no_parts"
        if reading == "masked tokens":
            loaded.last_attention = _last_attention(loaded)
        if reading == "next tokens":
            tries.refuse_unless_causal()
            loaded.tree_limit, slower = _tree_limit(loaded)
            notes += slower
            if not _continues(loaded, tries):
                lacking["Generate"] = "no_cache"
            else:
                loaded.selects = _selects(loaded, tries)
                loaded.prefixes = loaded.selects and loaded.tree_limit > 0 and _shares_beginnings(loaded, tries)
        if language_model:
            loaded.stack = find_stack(loaded, tries.rows[0].ids)
            if loaded.stack is None:
                lacking["ReadLayers"] = "no_layers"
        if unmarked:
            lacking[unmarked[0]] = unmarked[1]
        if reading in ("spans", "tags") and not encodes(loaded.model.config):
            lacking["Embed"] = "no_vectors"
    unasked = (not_asked(kind, reason) for kind, reason in lacking.items())
    return Abilities(frozenset(lacking), (*unasked, *notes))


def examine_exported(loaded: Loaded, reading: Reading, spec: str) -> Abilities:
    """Asks a model that another library computes: it must repeat itself, and which rows may share a batch is tried.

    Raises UnfitModel where it has other classes, another width or other words than its configuration names.
    """
    with inference(loaded):
        loaded.joined = reading in ("masked tokens", "next tokens")
        _refuse_other_words(loaded, spec)
        tries = Tries(loaded, reading, spec)
        named = loaded.model.config.num_labels
        if reading == "classes" and len(tries.first) != named:
            raise UnfitModel(f"{spec} gives {len(tries.first)} classes and its config.json names {named}")
        tries.repeats()
        _refuse_other_width(loaded, tries, reading, spec)
        notes = _batches(loaded, tries)
        lacking: dict[str, str] = {}
        if reading == "next tokens":
            tries.refuse_unless_causal()
            if not _continues_exported(loaded, tries):
                lacking["Generate"] = "no_cache"
            loaded.selects = _selects(loaded, tries)
        unasked = (not_asked(kind, reason) for kind, reason in lacking.items())
        return Abilities(frozenset(lacking), (*unasked, *notes))


def _continues_exported(loaded: Loaded, tries: Tries) -> bool:
    """Whether a graph goes on with prompts: from what it keeps, or else by reading every row anew."""
    if loaded.model.keeps:
        loaded.model.keeps = _continues(loaded, tries)
    return loaded.model.keeps or _continues(loaded, tries)


def _refuse_other_words(loaded: Loaded, spec: str) -> None:
    """A graph with the vocabulary of another model: a token that it does not know makes it fail."""
    words = int(loaded.model.config.vocab_size)
    if not _reads(loaded, 0):
        return  # it fails anyway, and trying a text says how
    for token, known in ((words - 1, True), (words, False)):
        if _reads(loaded, token) != known:
            which = "fewer" if known else "more"
            raise UnfitModel(
                f"{spec} knows {which} than the {words} tokens that its config.json names: {OTHER_CONFIGURATION}"
            )


def _refuse_other_width(loaded: Loaded, tries: Tries, reading: Reading, spec: str) -> None:
    """A graph that gives more or fewer numbers for each token than its configuration names."""
    config = loaded.model.config
    named = getattr(config, "hidden_size", None) if reading == "states" else int(config.vocab_size)
    width = tries.first.shape[-1]
    if reading != "classes" and named is not None and width != named:
        raise UnfitModel(
            f"{spec} gives {width} numbers for each token and its config.json names {named}: {OTHER_CONFIGURATION}"
        )


def _reads(loaded: Loaded, token: int) -> bool:
    """Whether a graph takes a token."""
    try:
        loaded.model(input_ids=torch.tensor([[token] * 2], device=loaded.device))
    except REFUSALS:
        return False
    return True


def _examine_sequences(loaded: Loaded, spec: str) -> Abilities:
    """The same for an encoder-decoder: its encoder as any encoder, and then what it writes."""
    lacking: dict[str, str] = {}
    with inference(loaded):
        loaded.reader, loaded.writer = loaded.model.get_encoder(), loaded.model.get_decoder()
        tries = Tries(loaded, "states", spec)
        tries.repeats()
        written, notes = examine_writing(loaded, spec)
        lacking |= written
        if loaded.batching == "padded":
            loaded.batching = tries.batching()
        notes += _slower(loaded.batching)
        notes += _maps(loaded, tries, lacking, padded=False)
    unasked = (not_asked(kind, reason) for kind, reason in lacking.items())
    return Abilities(frozenset(lacking), (*unasked, *notes))


def _batches(loaded: Loaded, tries: Tries) -> list[Note]:
    loaded.batching = tries.batching()
    return _slower(loaded.batching)


def _slower(batching: Batching) -> list[Note]:
    match batching:
        case "equal":
            return [note("equal_lengths", "slower")]
        case "single":
            return [note("single", "slower")]
        case "padded":
            return []


def _maps(loaded: Loaded, tries: Tries, lacking: dict[str, str], *, padded: bool) -> list[Note]:
    """Tries attention maps; those of `padded` batches too, where such batches are asked with maps."""
    maps = attention_maps_tried(loaded, tries.rows, in_batches=padded)
    if maps.problem:
        lacking["Attend"] = maps.problem
        loaded.without_maps = WORDS(f"not_asked.{maps.problem}")
    elif padded and not maps.padded and loaded.batching == "padded":
        loaded.batching = "equal"
        return [note("equal_maps", "slower")]
    return []


def _splits(loaded: Loaded, tries: Tries) -> bool:
    """Whether the head applied to the body's hidden states gives the whole model's logits."""
    if loaded.model.base_model is loaded.model:
        return False
    whole = tries.first
    loaded.joined = False
    try:
        parts = tries.outputs(tries.rows[:1])[0]
    except REFUSALS:
        return False
    finally:
        loaded.joined = True
    return difference(loaded, parts, whole) == 0


def _unmarked(loaded: Loaded, reading: Reading) -> tuple[str, str] | None:
    """The request that a model which marks parts of a text cannot answer, and the name of the reason."""
    if reading == "spans" and not _extracts(loaded):
        return "AnswerQuestion", "no_spans"
    if reading == "tags" and not _labels_tokens(loaded):
        return "TagTokens", "no_tags"
    return None


def _labels_tokens(loaded: Loaded) -> bool:
    """Whether every token of a text gets a logit of every label."""
    row = loaded.encoder.whole("I.")
    if not isinstance(row, Encoded):
        return False
    try:
        return token_logits(loaded, [row]).shape == (1, len(row), loaded.model.config.num_labels)
    except REFUSALS:
        return False


def _extracts(loaded: Loaded) -> bool:
    """Whether a question and a context get a logit of the start and one of the end at every token."""
    row = loaded.encoder.whole("Who?", "I.")
    if not isinstance(row, Encoded):
        return False
    try:
        return boundary_logits(loaded, [row]).shape == (1, 2, len(row))
    except REFUSALS:
        return False


def _last_attention(loaded: Loaded) -> Any:
    """The last layer's attention block, if narrowing its output to some positions leaves their states unchanged."""
    wanted = loaded.model.config.num_hidden_layers
    lists = [module for module in loaded.model.base_model.modules() if isinstance(module, ModuleList)]
    stacks = [layers for layers in lists if len(layers) == wanted]
    block = getattr(stacks[0][-1], "attention", None) if len(stacks) == 1 else None
    length = readable(loaded, 9)
    if block is None or length < 4:
        return None
    ids = torch.tensor(sample_ids(loaded, 2, length), device=loaded.device)
    positions = torch.tensor([[1, length - 1], [2, 0]], device=loaded.device)
    expected = loaded.hidden_at(positions, input_ids=ids)
    loaded.last_attention = block
    try:
        narrowed = loaded.hidden_at(positions, input_ids=ids)
    except REFUSALS:
        return None
    finally:
        loaded.last_attention = None
    slack = 1e-5 if loaded.dtype == torch.float32 else 0.01
    same = narrowed.shape == expected.shape and bool((narrowed - expected).abs().max() <= slack * expected.abs().max())
    return block if same else None


def _continues(loaded: Loaded, tries: Tries) -> bool:
    """Whether a prompt, padded on the left beside a longer one, gets the logits that it gets alone, and goes on so."""
    whole = tries.rows[1].ids
    step = whole[-1:] if len(whole) > 1 else ()
    short = whole[: len(whole) - len(step)]
    long = tries.rows[0].ids[-readable(loaded, 6) :][: loaded.encoder.limit - len(step)]
    pad = len(long) - len(short)
    reach = torch.tensor([[*range(len(long))], [0] * pad + [*range(len(short))]], device=loaded.device)
    real = torch.tensor([[1] * len(long), [0] * pad + [1] * len(short)], device=loaded.device)
    try:
        both = loaded.model(
            input_ids=torch.tensor([long, (loaded.encoder.padding,) * pad + short], device=loaded.device),
            attention_mask=real,
            position_ids=reach,
            use_cache=True,
            logits_to_keep=1,
        )
        if getattr(both, "past_key_values", None) is None:
            return False
        logits = [both.logits[1, -1:]]
        if step:
            after = loaded.model(
                input_ids=torch.tensor([step, step], device=loaded.device),
                attention_mask=torch.cat([real, torch.ones_like(real[:, :1])], dim=1),
                position_ids=reach[:, -1:] + 1,
                past_key_values=both.past_key_values,
                use_cache=True,
                logits_to_keep=1,
            )
            logits.append(after.logits[1, -1:])
    except REFUSALS:
        return False
    scores = torch.log_softmax(torch.cat(logits).float(), dim=-1)
    return difference(loaded, scores, tries.short[-len(scores) :]) == 0


def _selects(loaded: Loaded, tries: Tries) -> bool:
    """Whether a row that is repeated, and stands elsewhere after others were dropped, goes on as it does alone."""
    ids = tries.rows[0].ids
    if len(ids) < 3:
        return False
    rows = Rows(loaded)
    try:
        rows.read([tries.rows[2].ids[:1], ids[:-2]])
        rows.select([1, 1, 0])
        rows.read([ids[-2:-1]] * 3)
        rows.select([1, 0])
        logits = rows.read([ids[-1:]] * 2)
    except REFUSALS:
        return False
    expected = tries.first[len(ids) - 1]
    return all(difference(loaded, torch.log_softmax(row, dim=-1), expected) == 0 for row in logits)


def _shares_beginnings(loaded: Loaded, tries: Tries) -> bool:
    """Whether a row goes on from a beginning that was read once for two, filled up between the two parts."""
    ids = tries.rows[0].ids
    half = len(ids) // 2
    rows = Rows(loaded)
    try:
        rows.read([ids[:half]])
        rows.select([0, 0])
        logits = rows.read([ids[half:-1], ids[half : half + 1]])
        after = rows.read([ids[-1:], ids[half + 1 : half + 2]])
    except REFUSALS:
        return False
    scores = torch.log_softmax(torch.cat([logits, after]), dim=-1)
    places = [len(ids) - 2, half, len(ids) - 1, half + 1]
    return difference(loaded, scores, tries.first[places].to(scores.device)) == 0


def _tree_limit(loaded: Loaded) -> tuple[int, list[Note]]:
    """Deepest exact tree, and why there is none."""
    limit = min([loaded.encoder.limit, *_windows(loaded.model.config)])
    length = min(LONG, limit)
    if length < 4:
        return 0, [note("short_reading", "slower")]
    trunk, first, second = sample_ids(loaded, 3, length)
    half, third = length // 2, length // 3
    sequences = [trunk, trunk[:half] + first[half:], trunk[:third] + second[third:]]
    feds = tuple(Fed(ids, 1, (0,) * (len(ids) - 1)) for ids in sequences)
    try:
        shared = score(loaded, [Work(grow(sequences), feds, tuple(range(len(feds))))], limit)
    except REFUSALS:
        return 0, [note("mask_refused", "slower")]
    plain = score(loaded, [Work(grow([fed.ids]), (fed,), (owner,)) for owner, fed in enumerate(feds)], 0)
    worst = max(_differences(shared, plain), default=float("inf"))
    if worst > slack(loaded):
        return 0, [note("tree_differs", "slower", nats=Shown(worst, ".2g"))]
    return limit, []


def _differences(shared: Any, plain: Any) -> Iterator[float]:
    for (_, in_tree), (_, alone) in zip(shared, plain, strict=True):
        if isinstance(in_tree, TokenScores) and isinstance(alone, TokenScores):
            yield float(np.abs(np.subtract(in_tree.log_probs, alone.log_probs)).max())


def _windows(config: Any) -> list[int]:
    """Sizes of the sliding windows that a mask of our own would switch off."""
    sizes = [getattr(config, name, None) for name in WINDOWS]
    return [size for size in sizes if isinstance(size, int) and size > 0]
