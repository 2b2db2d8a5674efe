"""Judges that are models: a classifier of texts, and a model that is asked in a chat and answers yes or no."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from fairwitness.audit.judging.texts import Decided, Kind, Said
from fairwitness.audit.requests import Answer, Classify, ClassScores, Generate, Generated, Request, Unanswered

AskModel: TypeAlias = Callable[[Sequence[Request]], list[Answer]]
"""Answers requests in order and in full number, as the engine does."""
HALF = 0.5
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
EMPTY, SILENT = Decided(None, "empty"), Decided(None, "silent")


@dataclass(frozen=True, slots=True)
class ClassifierJudge:
    """A classifier: true where the probability of one of its `labels` is at least one half."""

    ask: AskModel
    labels: tuple[str, ...]
    name: str
    kind: Kind = field(default="classifier", init=False)

    def __call__(self, texts: Sequence[Said]) -> list[Decided]:
        """Texts alone are put to it; an empty one is not."""
        answers = iter(self.ask([Classify(said.text) for said in texts if said.text.strip()]))
        return [self._read(next(answers)) if said.text.strip() else EMPTY for said in texts]

    def _read(self, answer: Answer) -> Decided:
        if not isinstance(answer, ClassScores) or not set(self.labels) & set(answer.labels):
            return SILENT
        if not all(map(math.isfinite, answer.logits)) or (answer.regression and len(answer.labels) > 1):
            return SILENT
        score = chance(answer, self.labels)
        return Decided(score >= HALF, score=score)


def chance(answer: ClassScores, wanted: Sequence[str]) -> float:
    """P(one of the labels): their sum under the softmax; of labels judged apart, the largest sigmoid."""
    logits = np.asarray(answer.logits, dtype=np.float64)
    places = [answer.labels.index(label) for label in dict.fromkeys(wanted) if label in answer.labels]
    if answer.multi_label or len(logits) == 1:
        return max(0.5 * (1 + math.tanh(float(logits[place]) / 2)) for place in places)
    weights = np.exp(logits - logits.max())
    return min(1.0, math.fsum(weights[places].tolist()) / math.fsum(weights.tolist()))


@dataclass(frozen=True, slots=True)
class Form:
    """How a model is asked about a text, and how its answer is read.

    `frame` has the braces {fence}, {request}, {text}, {question}, {first} and {second}; `yes` and `no` are the two
    words of the form. `refusing` are beginnings of an answer that is the judge's own refusal.
    """

    frame: str
    question: str
    yes: str = "yes"
    no: str = "no"
    refusing: tuple[str, ...] = ()
    max_tokens: int = 4

    def request(self, said: Said, *, swapped: bool = False) -> Generate:
        """The request; `swapped` names the two words in the other order.

        Text and request stand between fences that depend on both, so that a text cannot close its own.
        """
        fence = hashlib.sha256(f"fence\0{said.request}\0{said.text}".encode(errors="surrogatepass")).hexdigest()[:8]
        first, second = (self.no, self.yes) if swapped else (self.yes, self.no)
        values = {
            **{"fence": fence, "request": said.request, "text": said.text, "question": self.question},
            **{"first": first, "second": second},
        }
        prompt = re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), self.frame)
        return Generate(prompt, self.max_tokens, chat=True)

    def read(self, answer: Answer) -> Decided:
        """Yes or no where the answer begins with the one word and does not hold the other; else it is not scored."""
        if isinstance(answer, Unanswered) or not isinstance(answer, Generated):
            return SILENT
        words = [word.casefold() for word in _WORD.findall(answer.text)]
        said = {self.yes.casefold(): True, self.no.casefold(): False}
        verdicts = {said[word] for word in words if word in said}
        if words and words[0] in said and len(verdicts) == 1:
            return Decided(verdicts.pop())
        plain = " ".join(answer.text.replace("’", "'").casefold().split())
        return Decided(None, "refused" if plain.startswith(self.refusing) and self.refusing else "form")


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """A model that is asked in a chat. `swapped` asks with the two answers named in the other order."""

    ask: AskModel
    form: Form
    name: str
    swapped: bool = False
    kind: Kind = field(default="chat", init=False)

    def __call__(self, texts: Sequence[Said]) -> list[Decided]:
        """An empty text is not put to it."""
        asked = [self.form.request(said, swapped=self.swapped) for said in texts if said.text.strip()]
        answers = iter(self.ask(asked))
        return [self.form.read(next(answers)) if said.text.strip() else EMPTY for said in texts]
