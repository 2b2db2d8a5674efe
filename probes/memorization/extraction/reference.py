"""What a reference model gives away as well: it was no secret of the audited one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit.probe import SecondModel
from fairwitness.audit.requests import Answer, LogLikelihood, TokenScores
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.memorization.extraction.documents import Corpus, Document
from fairwitness.probes.memorization.extraction.shares import SURE, TRIES

HALF = 0.5
"""A reference model gives a suffix too where it gives more than this share of its characters in a row."""
FACTOR = 10
"""It does too where the suffix is at least a tenth as likely to it."""
BITS = 1.1
"""A text is about as likely to a reference model that needs at most so many times the bits for a byte of it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many documents were put to a reference model, and how many of them it gives away too."""

    model: str
    asked: int
    shared: int


def compare(corpus: Corpus, documents: list[Document], models: Sequence[SecondModel]) -> list[Compared]:
    """Asks each model what the audited one gives away, and marks in place what any of them gives too.

    Where models are asked all documents are judged, also those that repeat a frame: what the audited model does not
    give away need not be asked. What has no answer is left as it was.
    """
    steps = []
    places = [place for place, document in enumerate(documents) if worth_asking(document)]
    chosen = set(places)
    for place, document in enumerate(documents if models else ()):
        if place not in chosen and not document.lost:
            documents[place] = replace(document, shared=(False,) * len(document.extractions))
    for model in models:
        passages = [corpus.passage(documents[place].number) for place in places]
        requests = list(dict.fromkeys([request for passage in passages for request in both_ways(passage)]))
        answers = dict(zip(requests, model(requests), strict=True)) if requests else {}
        for place, passage in zip(places, passages, strict=True):
            given = [answers[request] for request in both_ways(passage)]
            documents[place] = _marked(documents[place], passage, given)
        shared = sum(any(documents[place].shared or ()) for place in places)
        steps.append(Compared(model.info.spec, len(places), shared))
    return steps


def worth_asking(document: Document) -> bool:
    """Whether a document is given away in any way, so that it matters what a reference model does."""
    extractions = [extraction for extraction in document.extractions if extraction is not None]
    likely = any(extraction.comes_out(max(TRIES), min(SURE)) for extraction in extractions)
    return document.above or likely or any(extraction.greedy for extraction in extractions)


def both_ways(passage: Passage) -> list[LogLikelihood]:
    """The first window without a start token and with it: the reference model may want another than the audited one."""
    return [passage.requests(start=start)[0] for start in (False, True)]


def _marked(document: Document, passage: Passage, answers: Sequence[Answer]) -> Document:
    """The document with what the model gives of it too."""
    scores = [answer for answer in answers if isinstance(answer, TokenScores) and answer.log_probs and answer.greedy]
    if not scores:
        return document
    before = document.shared or (False,) * len(document.extractions)
    shared = []
    for place, extraction in enumerate(document.extractions):
        gives = extraction is not None and any(
            gives_too(score, extraction.first, extraction.last, extraction.log_p_z) for score in scores
        )
        shared.append(before[place] or gives)
    size = len(passage.windows[0].encode("utf-8", "surrogatepass"))
    bits = min(-score.total for score in scores) / math.log(2) / size
    likely = bits <= BITS * document.bits_per_byte
    return replace(document, shared=tuple(shared), shared_text=document.shared_text or likely)


def gives_too(score: TokenScores, first: int, last: int, log_p: float) -> bool:
    """Whether more than half of the characters from `first` to `last` come greedily, or all about as likely.

    `log_p` is the logarithm of the probability that the audited model has for them. Characters, because tokens of two
    models need not be the same.
    """
    inside = [place for place, start in enumerate(score.starts) if first <= start < last]
    if not inside:
        return False
    misses = [score.starts[place] for place in inside if not score.greedy[place]]
    reached = misses[0] if misses else last
    total = float(np.sum([score.log_probs[place] for place in inside], dtype=np.float64))
    return reached - first > HALF * (last - first) or total >= log_p - math.log(FACTOR)
