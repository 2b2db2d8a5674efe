"""A causal language model: token log-likelihoods over prefix trees, generation, attention and gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.huggingface.attention import attention_maps, token_texts
from fairwitness.audit.huggingface.describe import DescribesItsWeights
from fairwitness.audit.huggingface.embed import embed_size, embeddings
from fairwitness.audit.huggingface.encode import Fed
from fairwitness.audit.huggingface.generate import behind_prompts, continue_prompts, decode
from fairwitness.audit.huggingface.gradient_paths import continuation_gradients, filler_gradients
from fairwitness.audit.huggingface.gradients import Points
from fairwitness.audit.huggingface.green import green_scores
from fairwitness.audit.huggingface.layers import layers_size, read_layers, words_of
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.patching import Reader, causal_reader, patch_size, patched
from fairwitness.audit.huggingface.randomised import Randomisable
from fairwitness.audit.huggingface.translators import FitsItsTranslators
from fairwitness.audit.huggingface.trees import Tree, grow
from fairwitness.audit.huggingface.vocabulary import moments, token_scores
from fairwitness.audit.internals import Layers, ReadLayers
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import (
    Attend,
    Attention,
    Embed,
    Embedding,
    Generate,
    Generated,
    LogLikelihood,
    OfContinuation,
    Patch,
    Patched,
    Request,
    Target,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import Background, PathGradients, Size

Node: TypeAlias = tuple[int, int]
"""A row of a batch and a node of its tree."""


@dataclass(frozen=True, slots=True)
class Values:
    """Log-probability and greedy flag by row, node and next token; mean and deviation of all tokens by node."""

    tokens: dict[tuple[int, int, int], tuple[float, bool]]
    moments: dict[Node, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Work:
    """One row of a forward pass: a tree of sequences, or one plain sequence."""

    tree: Tree
    feds: tuple[Fed, ...]
    owners: tuple[int, ...]


class CausalSubject(Randomisable, DescribesItsWeights, FitsItsTranslators):
    """Answers LogLikelihood, Generate, Attend and ScoreGreen, and differentiates. `tree_limit` 0: plain rows only."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        self._loaded = loaded
        self._encoder = loaded.encoder
        self.info = info
        self.batch_tokens = loaded.batch_tokens
        self.arithmetic = loaded.arithmetic

    @property
    def tree_limit(self) -> int:
        """Deepest tree in tokens that is exact on this model; 0 when only plain rows are."""
        return self._loaded.tree_limit

    def token_ids(self, requests: Sequence[LogLikelihood]) -> list[tuple[int, ...]]:
        """The ids that each request is fed as, start token included; empty for one that has no answer."""
        feds = (self._encoder.fed(request) for request in requests)
        return [() if isinstance(fed, Unanswered) else fed.ids for fed in feds]

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """Tokens that each request costs as a plain row; the last token of a scored text is not fed."""
        return [self._size(request) for request in requests]

    def _size(self, request: Request) -> Size:
        if isinstance(request, LogLikelihood):
            fed = self._encoder.fed(request)
            return Size(0, 0) if isinstance(fed, Unanswered) else Size(1, len(fed.ids) - 1)
        if isinstance(request, Generate):
            ids = self._encoder.prompt_of(request)
            return Size(0, 0) if isinstance(ids, Unanswered) else Size(1, len(ids) + request.max_tokens)
        if isinstance(request, Embed):
            return embed_size(self._encoder, request, causal=True)
        if isinstance(request, ReadLayers):
            return layers_size(self._encoder, request, causal=True)
        if isinstance(request, Patch):
            return patch_size(self._loaded, self._reader, request)
        if isinstance(request, Attend):
            encoded = self._encoder.whole(request.text)
            return Size(0, 0) if isinstance(encoded, Unanswered) else Size(1, len(encoded))
        return Size(0, 0)

    @verb
    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        """Each row is one prefix tree; a row too deep for `tree_limit` is computed as plain sequences."""
        answers: list[TokenScores | Unanswered] = []
        works: list[Work] = []
        for row in rows:
            feds = {}
            for request in row:
                fed = self._encoder.fed(request)
                if isinstance(fed, Fed):
                    feds[len(answers)] = fed
                answers.append(fed if isinstance(fed, Unanswered) else Unanswered("not computed"))
            works.extend(self._works(feds))
        for chosen in self._loaded.batches([len(work.tree) for work in works]):
            for owner, scores in score(self._loaded, [works[index] for index in chosen], self.tree_limit):
                answers[owner] = scores
        flat = iter(answers)
        return [[next(flat) for _ in row] for row in rows]

    def _works(self, feds: dict[int, Fed]) -> list[Work]:
        owners, sequences = tuple(feds), tuple(feds.values())
        if not feds:
            return []
        if self.tree_limit and max(len(fed.ids) for fed in sequences) - 1 <= self.tree_limit:
            return [Work(grow([fed.ids for fed in sequences]), sequences, owners)]
        return [Work(grow([fed.ids]), (fed,), (owner,)) for owner, fed in feds.items()]

    @verb
    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
        """Continues prompts of one batch together, padded on the left."""
        return continue_prompts(self._loaded, batch, behind_prompts(self._loaded))

    def decode(self, request: Generate, ids: Sequence[int]) -> str:
        """The continuation of a prompt that has these tokens."""
        return decode(self._loaded, request, ids)

    def score_greens(self, batch: Sequence[ScoreGreen]) -> list[GreenScores | Unanswered]:
        """Counts of each text by its tokens alone; the model is not run."""
        return green_scores(self._loaded, batch)

    def embed(self, batch: Sequence[Embed]) -> list[Embedding | Unanswered]:
        """Vectors of texts, packed over the whole batch."""
        return embeddings(self._loaded, batch, causal=True)

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]:
        """Attention maps of each text."""
        return attention_maps(self._loaded, [self._encoder.whole(request.text) for request in batch])

    @verb
    def read_layers(self, batch: Sequence[ReadLayers]) -> list[Layers | Unanswered]:
        """What each layer says before the first blank of each text."""
        return read_layers(self._loaded, batch, causal=True)

    def token_words(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Single tokens of the vocabulary as they stand in a text."""
        return words_of(self._loaded, ids)

    def patch(self, batch: Sequence[Patch]) -> list[Patched | Unanswered]:
        """The target of each pair of texts with one part after another patched."""
        return patched(self._loaded, self._reader, batch)

    @property
    def _reader(self) -> Reader:
        return causal_reader(self._loaded)

    def token_texts(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as attention maps name them."""
        return token_texts(self._loaded, self._encoder.whole(text))

    def unread(self, text: str) -> str:
        """What tells this text from others whose words the tokenizer does not know either; empty: it knows all."""
        return self._encoder.unread(text)

    @property
    def hidden_text(self) -> str:
        """The token that stands for a hidden word, as a text spells it."""
        return self._encoder.hidden_text

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        """Gradients of log P(text with one filler) - log P(text with the other), or of log P(continuation)."""
        points = Points(alphas, background, seed)
        if isinstance(target, OfContinuation):
            return continuation_gradients(self._loaded, text, target, points)
        return filler_gradients(self._loaded, text, target, points, masked=False)


def score(loaded: Loaded, works: Sequence[Work], tree_limit: int) -> list[tuple[int, TokenScores | Unanswered]]:
    """One forward pass over rows, each a tree, with the head once per node that predicts a scored token."""
    as_trees = tree_limit > 0 and max(work.tree.depth for work in works) <= tree_limit
    states = _tree_states(loaded, works) if as_trees else _plain_states(loaded, works)
    cells: dict[Node, list[int]] = {}
    spread: set[Node] = set()
    for number, work in enumerate(works):
        for fed, path in zip(work.feds, work.tree.paths, strict=True):
            for place in range(fed.first, len(fed.ids)):
                node = number, path[place - 1]
                cells.setdefault(node, []).append(fed.ids[place])
                if fed.moments:
                    spread.add(node)
    values = _values(loaded, states, cells, spread)
    return [
        (owner, _scores(fed, number, path, values))
        for number, work in enumerate(works)
        for owner, fed, path in zip(work.owners, work.feds, work.tree.paths, strict=True)
    ]


def _tree_states(loaded: Loaded, works: Sequence[Work]) -> Tensor:
    if all(len(work.tree.paths) == 1 for work in works):
        return _unmasked_states(loaded, works)
    width = max(len(work.tree) for work in works)
    sees = np.zeros((len(works), width, width), dtype=np.bool_)
    sees[:, np.arange(width), np.arange(width)] = True
    for number, work in enumerate(works):
        size = len(work.tree)
        sees[number, :size, :size] = work.tree.sees()
    seen = torch.from_numpy(sees).to(loaded.device)
    # Additive floats: with a mask of booleans GPT-J and GPT-Neo are silently wrong.
    mask = torch.zeros(seen.shape, dtype=loaded.dtype, device=loaded.device)
    mask.masked_fill_(~seen, torch.finfo(loaded.dtype).min)
    return loaded.hidden(
        input_ids=loaded.tensor([work.tree.tokens for work in works], loaded.encoder.padding, width),
        attention_mask=mask[:, None],
        position_ids=loaded.tensor([work.tree.depths for work in works], 0, width),
        use_cache=False,
    )


def _unmasked_states(loaded: Loaded, works: Sequence[Work]) -> Tensor:
    """Of rows that do not branch: what fills up the short ones comes after them, where a causal model never looks."""
    return loaded.hidden(
        input_ids=loaded.tensor([work.tree.tokens for work in works], loaded.encoder.padding), use_cache=False
    )


def _plain_states(loaded: Loaded, works: Sequence[Work]) -> Tensor:
    return loaded.hidden(
        input_ids=loaded.tensor([work.tree.tokens for work in works], loaded.encoder.padding),
        attention_mask=loaded.padding_mask([len(work.tree) for work in works]),
        use_cache=False,
    )


def _values(loaded: Loaded, states: Tensor, cells: dict[Node, list[int]], spread: set[Node]) -> Values:
    """What is read of each node: tokens after it, and moments where they are wanted (`spread`)."""
    nodes = list(cells)
    where = torch.tensor(nodes, device=loaded.device)
    values = Values({}, {})
    for part, logits in loaded.chunks(states[where[:, 0], where[:, 1]]):
        inside = nodes[part]
        asked = [(offset, token) for offset, node in enumerate(inside) for token in dict.fromkeys(cells[node])]
        for (offset, token), value, greedy in zip(asked, *token_scores(logits, asked), strict=True):
            values.tokens[*inside[offset], token] = (value, greedy)
        wanted = [offset for offset, node in enumerate(inside) if node in spread]
        if wanted:
            rows = logits if len(wanted) == len(inside) else logits[wanted]
            for offset, mean, deviation in zip(wanted, *moments(rows), strict=True):
                values.moments[inside[offset]] = (mean, deviation)
    return values


def _scores(fed: Fed, number: int, path: Sequence[int], values: Values) -> TokenScores | Unanswered:
    places = range(fed.first, len(fed.ids))
    cells = [values.tokens[number, path[place - 1], fed.ids[place]] for place in places]
    pairs = [values.moments[number, path[place - 1]] for place in places] if fed.moments else []
    if not np.isfinite([value for value, _ in cells]).all() or not np.isfinite(pairs).all():
        return Unanswered("the model gave a value that is not a finite number")
    return TokenScores(
        log_probs=tuple(value for value, _ in cells),
        greedy=tuple(greedy for _, greedy in cells),
        starts=fed.starts,
        means=tuple(mean for mean, _ in pairs),
        deviations=tuple(deviation for _, deviation in pairs),
    )
