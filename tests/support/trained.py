"""Tiny language models that are really trained, each on texts of a world whose habits are known.

Nothing here imports torch until a model is built.
"""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec

import numpy as np

from fairwitness.audit.requests import (
    Answer,
    Filled,
    FillMask,
    Generate,
    Generated,
    LogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import Ask

START = 0.15
"""Spread of fresh weights: wide, so that a small model learns within few steps."""
RATE = 6e-3
"""Highest learning rate; it falls to a twentieth."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[BOS]")
FOLDER = "TRAINED_MODELS"
"""Variable that names the folder which the processes of one session share."""
P = ParamSpec("P")


def word_tokenizer(texts: Sequence[str], family: str) -> Any:
    """A word-level tokenizer over the words of these texts; `family` is `bert` or `gpt2`."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    split = Whitespace()
    words = sorted({word for text in texts for word, _ in split.pre_tokenize_str(text)})
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *(w for w in words if w not in SPECIAL)])}
    unknown = {"unk_token": SPECIAL[1]}
    inner = Tokenizer(WordLevel(vocabulary, **unknown))
    inner.pre_tokenizer = split
    if family == "bert":
        ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
        pair = "[CLS] $A [SEP] $B [SEP]"
        inner.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", pair=pair, special_tokens=ends)
        names = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    else:
        names = {"pad_token": "[PAD]", "bos_token": "[BOS]", "eos_token": "[SEP]"}
    fast: Any = PreTrainedTokenizerFast
    return fast(tokenizer_object=inner, **unknown, **names)


@dataclass(frozen=True)
class Tiny:
    """A tiny language model with its tokenizer, asked one request at a time by the plainest code that can do it."""

    model: Any
    tokenizer: Any

    def save(self, folder: Path) -> Path:
        """Writes it as a checkpoint that any loader reads."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        return folder

    @classmethod
    def read(cls, folder: Path) -> Tiny:
        """The model that `save` wrote."""
        import transformers

        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"][0]
        fast: Any = transformers.PreTrainedTokenizerFast
        return cls(getattr(transformers, kind).from_pretrained(folder).eval(), fast.from_pretrained(folder))

    def ask(self, folder: Path) -> Ask:
        """Itself as a user's checkpoint: written, loaded, and asked by the engine in batches."""
        from fairwitness.audit.engine import Engine
        from fairwitness.audit.huggingface import Loading, load

        subject = load(Loading(str(self.save(folder)), offline=True, threads=1))
        return Engine(subject, cache=None, batch_tokens=None, explainer=None).answer

    def __call__(self, request: Request) -> Answer:
        match request:
            case FillMask():
                return self._fill(request)
            case LogLikelihood():
                return self._score(request)
            case Generate():
                return self._generate(request)
            case _:
                return Unanswered("this tiny model cannot do that")

    def _log_probs(self, ids: Sequence[int]) -> Any:
        import torch

        with torch.no_grad():
            return self.model(torch.tensor([list(ids)])).logits[0].double().log_softmax(-1)

    def _fill(self, request: FillMask) -> Answer:
        ids = self.tokenizer(request.text)["input_ids"]
        place = [at for at, one in enumerate(ids) if one == self.tokenizer.mask_token_id][request.at]
        row = self._log_probs(ids)[place]
        targets = [self.tokenizer(word, add_special_tokens=False)["input_ids"] for word in request.targets]
        assert all(len(target) == 1 for target in targets)
        return Filled(tuple(float(row[target[0]]) for target in targets), (1,) * len(targets))

    def _score(self, request: LogLikelihood) -> Answer:
        text = request.context + request.continuation
        encoded = self.tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
        starts = [begin for begin, _ in encoded["offset_mapping"]]
        ids = encoded["input_ids"]
        lead = [self.tokenizer.bos_token_id] if request.bos else []
        rows = self._log_probs([*lead, *ids])
        wanted = [at for at, start in enumerate(starts) if start >= len(request.context) and at + len(lead) > 0]
        before = [at + len(lead) - 1 for at in wanted]
        return TokenScores(
            tuple(float(rows[row][ids[at]]) for row, at in zip(before, wanted, strict=True)),
            tuple(int(rows[row].argmax()) == ids[at] for row, at in zip(before, wanted, strict=True)),
            tuple(starts[at] for at in wanted),
        )

    def _generate(self, request: Generate) -> Answer:
        ids = self.tokenizer(request.prompt, add_special_tokens=False)["input_ids"]
        grown = list(ids)
        rng = np.random.default_rng(request.seed)
        for _ in range(request.max_tokens):
            row = self._log_probs(grown)[-1].numpy()
            # the largest of scores with Gumbel noise is a draw from their softmax
            grown.append(int((row + request.temperature * rng.gumbel(size=len(row))).argmax()))
        return Generated(" " + self.tokenizer.decode(grown[len(ids) :]), request.max_tokens)


def once_a_session(grow: Callable[P, Tiny]) -> Callable[P, Tiny]:
    """Trains a model of these arguments once: whoever asks first trains and writes it, other processes read it."""

    signature = inspect.signature(grow)
    models: dict[str, Tiny] = {}

    @wraps(grow)
    def grown(*args: P.args, **given: P.kwargs) -> Tiny:
        bound = signature.bind(*args, **given)
        bound.apply_defaults()
        asked = repr((grow.__module__, grow.__qualname__, bound.arguments))
        if asked not in models:
            models[asked] = _written_once(asked, lambda: grow(*args, **given))
        return models[asked]

    return grown


def _written_once(asked: str, grow: Callable[[], Tiny]) -> Tiny:
    """The model of this name in the folder of the session; it is grown and written there where it is not yet."""
    folder = Path(os.environ[FOLDER]) / hashlib.sha256(asked.encode()).hexdigest()[:16]
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return Tiny.read(folder)
        model = grow()
        model.save(folder.with_suffix(".part")).rename(folder)
        return model


def tiny_causal(
    texts: Iterator[list[str]],
    words: Sequence[str],
    steps: int,
    seed: int = 0,
    width: int = 32,
    bos: bool = True,
    positions: int = 256,
) -> Tiny:
    """A two-layer causal LM trained on batches of texts; `words` are texts whose words it must know.

    With `bos` every text follows the start token, as the model must then be asked: so small a model learns positions.
    """
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = word_tokenizer(words, "gpt2")
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=positions,
        n_embd=width,
        n_layer=2,
        n_head=2,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        initializer_range=START,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    model = GPT2LMHeadModel(config)
    ids_of = _reader(tokenizer)

    def loss(batch: list[str]) -> Any:
        lead = f"{tokenizer.bos_token} " if bos else ""
        ids, seen = _padded([ids_of(f"{lead}{text}") for text in batch], tokenizer.pad_token_id)
        return model(input_ids=ids, attention_mask=seen, labels=ids.masked_fill(seen == 0, -100)).loss

    train(model, loss, texts, steps)
    return Tiny(model, tokenizer)


def bert_config(tokenizer: Any, width: int, start: float = START) -> Any:
    """Two layers without dropout; `start` is the spread of the first weights."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=256,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=start,
        pad_token_id=tokenizer.pad_token_id,
    )


def tiny_masked(
    pairs: Iterator[list[tuple[str, str]]],
    words: Sequence[str],
    steps: int,
    seed: int = 0,
    width: int = 32,
    start: float = START,
) -> Tiny:
    """A two-layer masked LM trained on batches of (text whose last blank is asked, word that fills it)."""
    import torch
    from transformers import BertForMaskedLM

    tokenizer = word_tokenizer(words, "bert")
    torch.manual_seed(seed)
    model = BertForMaskedLM(bert_config(tokenizer, width, start))
    ids_of, vocabulary, mask = _reader(tokenizer), tokenizer.get_vocab(), tokenizer.mask_token_id

    def loss(batch: list[tuple[str, str]]) -> Any:
        rows = [ids_of(text) for text, _ in batch]
        ids, seen = _padded(rows, tokenizer.pad_token_id)
        labels = torch.full_like(ids, -100)
        places = [len(row) - 1 - row[::-1].index(mask) for row in rows]
        labels[torch.arange(len(rows)), places] = torch.tensor([vocabulary[word] for _, word in batch])
        return model(input_ids=ids, attention_mask=seen, labels=labels).loss

    train(model, loss, pairs, steps)
    return Tiny(model, tokenizer)


def _reader(tokenizer: Any) -> Callable[[str], list[int]]:
    """The ids of a text; worlds have few different texts, so each is tokenised once."""
    return cache(lambda text: list(tokenizer(text)["input_ids"]))


def _padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Any, Any]:
    """Ids [texts, tokens] padded at the end, and 1 where a token stands."""
    import torch

    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    seen = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, seen


def train(model: Any, loss: Callable[[Any], Any], batches: Iterator[Any], steps: int) -> None:
    """Trains a model for so many steps, one batch each, on one thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0, fused=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(next(batches)).backward()
        optimizer.step()
        schedule.step()
    model.eval()
    torch.set_num_threads(threads)
