"""Loads an example and compares its answers, asked in batches of unequal texts, with those of the reference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from architectures.listed import Example
from architectures.reference import Floats, Reference
from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import (
    AnswerQuestion,
    Attend,
    Attention,
    BetweenFillers,
    Classify,
    ClassScores,
    Embed,
    Embedding,
    ForClass,
    Generate,
    Generated,
    LogLikelihood,
    PseudoLogLikelihood,
    SpanAnswer,
    Tagged,
    TagTokens,
    TokenScores,
    UnmaskedLikelihood,
)
from fairwitness.audit.subject import PathGradients

TEXTS = (
    "The nurse said that she was tired.",
    "She left.",
    "The engineer wasn't late for the meeting in the old city.",
)
QUESTION, CONTEXT, ANSWER = "Who left?", "The nurse and the doctor left early.", (0, 9)
BLANKED = "The nurse said that [MASK] was tired."
NEAR = 1e-4
"""Largest difference of a loaded model's answers from the reference, in nats or as logits."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an example: the reason where it is refused, else what can be asked and the largest difference."""

    refused: str = ""
    kind: str = ""
    capabilities: tuple[str, ...] = ()
    batching: str = ""
    trees: bool = False
    gradients: bool = False
    worst: float = 0.0


def check(example: Example, folder: Path, cache: Path) -> Result:
    """Loads what was built in a folder and asks it in each way that it says it can be asked."""
    try:
        subject: Any = load(Loading(str(folder), offline=True, cache_dir=cache))
    except FairwitnessError as error:
        return Result(refused=_told(error, folder))
    info = subject.info
    reference = Reference(example.architecture, folder)
    differences = [0.0]
    match info.kind:
        case "masked_lm":
            differences += _masked(subject, reference)
        case "causal_lm":
            differences += _causal(subject, reference, generates="Generate" in info.capabilities)
        case "sequence_classifier":
            differences += _classes(subject, reference)
        case "sequence_to_sequence":
            differences += _sequences(subject, reference, generates="Generate" in info.capabilities)
        case "question_answerer":
            differences.append(_question(subject, reference))
        case "token_classifier":
            differences += _tags(subject, reference)
        case _:
            differences += _states(subject, reference)
    if "Attend" in info.capabilities:
        differences += _attention(subject)
    moved = _gradients(subject, info.kind)
    return Result(
        kind=info.kind,
        capabilities=info.capabilities,
        batching=subject._loaded.batching,
        trees=getattr(subject, "tree_limit", 0) > 0,
        gradients=moved is not None,
        worst=max(*differences, moved or 0.0),
    )


def _told(error: FairwitnessError, folder: Path) -> str:
    """A refusal without what differs from one machine to the next."""
    text = str(error).replace(str(folder), "it")
    return re.sub(r" \(by [^)]* nats\)| by \S+ nats", "", text)


def _masked(subject: Any, reference: Reference) -> Iterable[float]:
    hidden = subject.pseudo_log_likelihoods([PseudoLogLikelihood(text, "original") for text in TEXTS])
    whole = subject.unmasked_likelihoods([UnmaskedLikelihood(text) for text in TEXTS])
    for text, one, other in zip(TEXTS, hidden, whole, strict=True):
        yield _apart(_scores(one), reference.masked(text))
        yield _apart(_scores(other), reference.unmasked(text))


def _causal(subject: Any, reference: Reference, *, generates: bool) -> Iterable[float]:
    beginnings = (*TEXTS, "The nurse said that he was late.")
    rows = subject.log_likelihoods([[LogLikelihood("", text)] for text in beginnings])
    [tree] = subject.log_likelihoods([[LogLikelihood("", text) for text in beginnings]])
    for text, [alone], together in zip(beginnings, rows, tree, strict=True):
        expected = reference.causal(text)
        yield _apart(_scores(alone), expected)
        yield _apart(_scores(together), expected)
    if generates:
        prompts = ("The nurse", "The engineer said that he was")
        for prompt, answer in zip(prompts, subject.generate([Generate(one, 4) for one in prompts]), strict=True):
            same = isinstance(answer, Generated) and answer.text == reference.greedy(prompt, 4)
            yield 0.0 if same else float("inf")


def _sequences(subject: Any, reference: Reference, *, generates: bool) -> Iterable[float]:
    """Every text as the target of every other, together and each alone; what is written; vectors of the encoder."""
    pairs = [(source, target) for source in TEXTS for target in TEXTS]
    [together] = subject.log_likelihoods([[LogLikelihood(*pair) for pair in pairs]])
    for pair, answer in zip(pairs, together, strict=True):
        expected = reference.target(*pair)
        yield _apart(_scores(answer), expected)
        yield _apart(_scores(subject.log_likelihoods([[LogLikelihood(*pair)]])[0][0]), expected)
    for text, vector in zip(TEXTS, subject.embed([Embed(text) for text in TEXTS]), strict=True):
        yield _apart(vector.values if isinstance(vector, Embedding) else (), reference.encoded(text))
    if generates:
        for text, answer in zip(TEXTS, subject.generate([Generate(text, 4) for text in TEXTS]), strict=True):
            same = isinstance(answer, Generated) and answer.text == reference.written(text, 4)
            yield 0.0 if same else float("inf")


def _classes(subject: Any, reference: Reference) -> Iterable[float]:
    asked = [*((text,) for text in TEXTS), TEXTS[:2]]
    for texts, answer in zip(asked, subject.classify([Classify(*texts) for texts in asked]), strict=True):
        expected = reference.classes(*texts)
        yield _apart(answer.logits if isinstance(answer, ClassScores) else (), expected)


def _question(subject: Any, reference: Reference) -> float:
    """The probability of one span among all that may be an answer, and of none."""
    longer = AnswerQuestion("Who was it?", " ".join(TEXTS), ((0, 9),))
    answer, _ = subject.answer_questions([AnswerQuestion(QUESTION, CONTEXT, (ANSWER,)), longer])
    behind = subject._encoder.tokenizer.padding_side != "left"
    texts = (QUESTION, CONTEXT) if behind else (CONTEXT, QUESTION)
    starts, ends, encoding = reference.boundaries(texts)
    inside = [at for at, text in enumerate(encoding.sequence_ids) if text == int(behind)]
    spans = {
        (first, last): starts[first] + ends[last]
        for first in inside
        for last in inside
        if first <= last < first + AnswerQuestion("", "", ()).longest
    }
    cls = encoding.ids.index(subject._encoder.tokenizer.cls_token_id)
    total = np.logaddexp.reduce([*spans.values(), starts[cls] + ends[cls]])
    covered = [at for at in inside if encoding.offsets[at][0] < ANSWER[1] and encoding.offsets[at][1] > ANSWER[0]]
    expected = spans[covered[0], covered[-1]] - total
    return _apart(answer.exact if isinstance(answer, SpanAnswer) else (), np.array([expected]))


def _tags(subject: Any, reference: Reference) -> Iterable[float]:
    for text, answer in zip(TEXTS, subject.tag_tokens([TagTokens(text) for text in TEXTS]), strict=True):
        expected = reference.tags(text)
        same = isinstance(answer, Tagged) and answer.spans == tuple(span[:3] for span in expected)
        yield _apart(answer.probabilities, np.array([span[3] for span in expected])) if same else float("inf")


def _states(subject: Any, reference: Reference) -> Iterable[float]:
    for text, answer in zip(TEXTS, subject.embed([Embed(text) for text in TEXTS]), strict=True):
        yield _apart(answer.values if isinstance(answer, Embedding) else (), reference.states(text))


def _attention(subject: Any) -> Iterable[float]:
    for answer in subject.attend([Attend(text) for text in TEXTS]):
        square = isinstance(answer, Attention) and answer.weights.shape[-2:] == (len(answer.tokens),) * 2
        yield float(abs(answer.weights.sum(axis=-1) - 1).max()) if square else float("inf")


def _gradients(subject: Any, kind: str) -> float | None:
    """How far the end of a path of gradients is from what the model says of the text; None where it gives none."""
    if kind not in ("masked_lm", "causal_lm", "sequence_classifier"):
        return None
    target: Any = BetweenFillers("she", "he")
    text = BLANKED
    if kind == "sequence_classifier":
        text, target = TEXTS[0], ForClass(subject.labels[-1])
    path = subject.path_gradients(text, target, [0.5])
    if not isinstance(path, PathGradients):
        return None
    if kind == "causal_lm":
        words = [[LogLikelihood("", BLANKED.replace("[MASK]", word))] for word in ("she", "he")]
        [[positive], [negative]] = subject.log_likelihoods(words)
        return float(abs(path.full - (positive.total - negative.total)))
    if kind == "sequence_classifier":
        [scores] = subject.classify([Classify(text)])
        rest = np.delete(np.array(scores.logits), -1)
        alone = scores.multi_label or scores.regression or rest.size == 0
        expected = scores.logits[-1] - (0.0 if alone else float(np.logaddexp.reduce(rest)))
        return float(abs(path.full - expected))
    return 0.0


def _scores(answer: object) -> Sequence[float]:
    return answer.log_probs if isinstance(answer, TokenScores) else ()


def _apart(found: Sequence[float] | npt.NDArray[Any], expected: Floats) -> float:
    values = np.asarray(found, dtype=np.float64)
    return float(np.abs(values - expected).max()) if values.shape == expected.shape else float("inf")
