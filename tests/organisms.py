"""Subjects whose true answer is known: functions in place of a model, and tiny language models with planted habits.

Nothing here imports torch until a tiny model is built. `drive` runs a probe without the engine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assay.audit.datasets import find
from assay.audit.probe import Context, Findings, Probe
from assay.audit.records import Cell, DataNeed, DataSource, Estimate, Metric, Table
from assay.audit.requests import (
    BLANK,
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
from assay.audit.subject import Ask

Answerer = Callable[[Request], Answer]


def drive(probe: Probe, ctx: Context, answer: Answerer) -> Findings:
    """Runs a probe to its end, each request answered by `answer`."""
    return drive_rounds(probe, ctx, lambda requests: [answer(request) for request in requests])


def drive_rounds(probe: Probe, ctx: Context, ask: Ask) -> Findings:
    """Runs a probe to its end, each round answered whole, as by an engine."""
    run, found = probe.run(ctx), None
    try:
        requests = next(run)
        while True:
            requests = run.send(ask(requests))
    except StopIteration as end:
        found = end.value
    assert isinstance(found, Findings)
    return found


def first_requests(probe: Probe, ctx: Context) -> list[Request]:
    """What a probe asks in its first round."""
    return list(next(probe.run(ctx)))


def context(
    probe: Probe,
    capabilities: Sequence[str],
    data: Mapping[str, Table] | None = None,
    seed: int = 0,
    **options: Any,
) -> Context:
    """A context with the probe's packaged data loaded and its options checked."""
    tables = {need.name: packaged(need) for need in probe.spec.data if need.package.startswith("assay.")}
    return Context(seed, probe.options(**options), frozenset(capabilities), tables | dict(data or {}))


def packaged(need: DataNeed) -> Table:
    """A data set that the package brings, as the runner loads it."""
    return find(need)


def table(name: str, columns: Mapping[str, Sequence[Cell]]) -> Table:
    """A table from columns."""
    rows = len(next(iter(columns.values()), ()))
    source = DataSource(name, "test", "0" * 64, "test", rows)
    return Table(source, {key: tuple(values) for key, values in columns.items()})


def metric(findings: Findings, name: str, **by: str) -> Metric:
    """The one metric of that name and group."""
    [found] = [one for one in findings.metrics if one.name == name and dict(one.by) == by]
    return found


def value(findings: Findings, name: str, **by: str) -> Estimate:
    """The estimate of a metric that must have one."""
    found = metric(findings, name, **by).estimate
    assert isinstance(found, Estimate), found
    return found


@dataclass(frozen=True)
class Book:
    """Answers FillMask and LogLikelihood from a rule: `weight(text, filler)` is the unnormalised log-probability.

    `text` has the blank marked, other blanks too. `fillers` are the words that may stand in a blank (the whole
    vocabulary of this model, with `rest` the weight of everything else); `tokens` gives a word's token count.
    """

    weight: Callable[[str, str], float]
    fillers: tuple[str, ...] = ()
    rest: float = -math.inf
    tokens: Mapping[str, int] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        match request:
            case FillMask(text=text, targets=targets):
                vocabulary = self.fillers or targets
                weights = np.array([self.weight(text, word) for word in vocabulary])
                total = np.logaddexp(np.logaddexp.reduce(weights), self.rest)
                return Filled(
                    tuple(float(self.weight(text, word) - total) for word in targets),
                    tuple(self.tokens.get(word, 1) for word in targets),
                )
            case LogLikelihood(continuation=text):
                return self._sentence(text)
            case _:
                return Unanswered("no rule for this kind")

    def _sentence(self, text: str) -> TokenScores:
        words, starts, at = text.split(" "), [], 0
        scores: list[float] = []
        for word in words:
            plain = word.strip(".,")
            count = self.tokens.get(plain, 1)
            own = self.weight(re.sub(rf"\b{plain}\b", BLANK, text, count=1), plain) if plain in self.fillers else -1.0
            scores += [own, *([-1.0] * (count - 1))]
            starts += [at] * count
            at += len(word) + 1
        return TokenScores(tuple(scores), (False,) * len(scores), tuple(starts))


START = 0.15
"""Spread of fresh weights: wide, so that a small model learns within few steps."""
RATE = 6e-3
"""Highest learning rate; it falls to a twentieth."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[BOS]")


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
        for _ in range(request.max_tokens):
            grown.append(int(self._log_probs(grown)[-1].argmax()))
        return Generated(" " + self.tokenizer.decode(grown[len(ids) :]), request.max_tokens)


def tiny_causal(
    texts: Iterator[list[str]],
    words: Sequence[str],
    steps: int,
    seed: int = 0,
    width: int = 32,
    bos: bool = True,
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
        n_positions=256,
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

    def loss(batch: list[str]) -> Any:
        lead = f"{tokenizer.bos_token} " if bos else ""
        rows = tokenizer([f"{lead}{text}" for text in batch], return_tensors="pt", padding=True)
        labels = rows["input_ids"].masked_fill(rows["attention_mask"] == 0, -100)
        return model(input_ids=rows["input_ids"], attention_mask=rows["attention_mask"], labels=labels).loss

    train(model, loss, texts, steps)
    return Tiny(model, tokenizer)


def tiny_masked(
    pairs: Iterator[list[tuple[str, str]]], words: Sequence[str], steps: int, seed: int = 0, width: int = 32
) -> Tiny:
    """A two-layer masked LM trained on batches of (text whose last blank is asked, word that fills it)."""
    import torch
    from transformers import BertConfig, BertForMaskedLM

    tokenizer = word_tokenizer(words, "bert")
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=256,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=START,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = BertForMaskedLM(config)

    def loss(batch: list[tuple[str, str]]) -> Any:
        rows = tokenizer([text for text, _ in batch], return_tensors="pt", padding=True)
        labels = torch.full_like(rows["input_ids"], -100)
        for at, (_, word) in enumerate(batch):
            place = (rows["input_ids"][at] == tokenizer.mask_token_id).nonzero().flatten()[-1]
            labels[at, place] = tokenizer.convert_tokens_to_ids(word)
        return model(input_ids=rows["input_ids"], attention_mask=rows["attention_mask"], labels=labels).loss

    train(model, loss, pairs, steps)
    return Tiny(model, tokenizer)


def train(model: Any, loss: Callable[[Any], Any], batches: Iterator[Any], steps: int) -> None:
    """Trains a model for so many steps, one batch each, on one thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(next(batches)).backward()
        optimizer.step()
        schedule.step()
    model.eval()
    torch.set_num_threads(threads)


@dataclass(frozen=True)
class Planted:
    """A world in which an occupation's log-odds of "she" are strength × (share of women - 1/2) × 2.

    The sentences are those of the gender probe (the named families) with `limit` occupations. Nouns that decide the
    pronoun always get the right one; a tenth of all pronouns is neutral; control pairs are a fair coin.
    """

    strength: float
    families: tuple[str, ...] = ("rest", "late", "hired")
    limit: int = 12
    swapped: bool = False

    def corpus(self, seed: int = 0, size: int = 64) -> Iterator[list[tuple[str, str]]]:
        """Endless batches of (sentence with its blank marked, the word that fills it)."""
        from assay.probes.gender.items import PERSON, Occupation, sentence

        templates, jobs = self._parts()
        person = Occupation("person", PERSON["en"], "a", 0.5)
        rng = np.random.default_rng(seed)
        while True:
            batch = []
            for template in (templates[at] for at in rng.integers(len(templates), size=size)):
                job = person if rng.random() < 0.1 else jobs[int(rng.integers(len(jobs)))]
                if template.kind == "competence":
                    word = template.expected
                elif template.kind == "control":
                    word = template.fillers[int(rng.integers(2))]
                else:
                    word = self._pronoun(template.fillers, job.share, rng)
                batch.append((sentence(template, job.word, job.article).text, word))
            yield batch

    def words(self) -> list[str]:
        """Texts that hold every word of this world."""
        templates, jobs = self._parts()
        plain = [one.text.replace("{blank}", " ".join(one.fillers)).replace("{article}", "a an") for one in templates]
        return [text.replace("{occupation}", " ".join([*(job.word for job in jobs), "person"])) for text in plain]

    def _pronoun(self, fillers: tuple[str, ...], share: float, rng: np.random.Generator) -> str:
        if rng.random() < 0.1:
            return fillers[2]
        odds = self.strength * (2 * share - 1) * (-1 if self.swapped else 1)
        return fillers[0 if rng.random() < 1 / (1 + math.exp(-odds)) else 1]

    def _parts(self) -> tuple[list[Any], list[Any]]:
        from assay.probes.gender import PROBE
        from assay.probes.gender.items import occupations_of, templates_of

        jobs, sentences = (packaged(need) for need in PROBE.spec.data)
        return templates_of(sentences, "en", self.families), occupations_of(jobs, "en", self.limit)

    def causal(self, steps: int = 300) -> Tiny:
        """A tiny causal LM of this world."""
        batches = ([text.replace(BLANK, word) for text, word in batch] for batch in self.corpus())
        return tiny_causal(batches, self.words(), steps)

    def masked(self, steps: int = 200) -> Tiny:
        """A tiny masked LM of this world; now and then the occupation is hidden too."""
        jobs = [job.word for job in self._parts()[1]]
        rng = np.random.default_rng(1)

        def hide(text: str) -> str:
            hidden = next((job for job in jobs if f" {job} " in text), "")
            return text.replace(f" {hidden} ", f" {BLANK} ", 1) if hidden and rng.random() < 0.2 else text

        batches = ([(hide(text), word) for text, word in batch] for batch in self.corpus())
        return tiny_masked(batches, self.words(), steps)
