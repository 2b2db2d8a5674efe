"""What is asked of a text, round by round: explanations, then what they are checked by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairwitness.audit.requests import Attribute, Hiding, Target, Weights
from fairwitness.probes.explanation.attribution.checks import Explained
from fairwitness.probes.explanation.attribution.items import (
    GRADIENTS,
    REFERENCES,
    SAMPLED,
    WITHOUT_HIDING,
    AttributionOptions,
    MethodName,
    Role,
    Sentence,
)
from fairwitness.probes.explanation.attribution.rewrites import rewritten
from fairwitness.probes.explanation.attribution.tagged import moved

USUAL_EVALUATIONS: dict[MethodName, int] = {"shap": 500, "lime": 1000}
"""Budgets of methods that ask about coalitions where a request names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A text, how and why it is explained, and what is asked."""

    sentence: Sentence
    method: MethodName
    role: Role
    request: Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How texts are explained; `masked`: of a masked language model or a tagger, where hiding is masking."""

    options: AttributionOptions
    seed: int
    masked: bool

    def first(self, sentence: Sentence, target: Target) -> Iterator[Job]:
        """What is shown, its order tested; and the text with other words for a person, by the first method alone."""
        for method in self.options.methods:
            yield self._job(sentence, target, method, "shown", tested=self._tested(method))
        if self.options.swaps:
            swapped: dict[Role, str] = {"neutral": sentence.neutral, "counterpart": sentence.counterpart}
            for role, text in swapped.items():
                there = moved(target, sentence, text)
                if text and there is not None:
                    yield self._job(sentence, there, self.options.methods[0], role, text=text)

    def checking(self, text: Explained) -> Iterator[Job]:
        """What methods that explained a text are checked by: other seeds, and the text in other words."""
        for method in self.options.methods:
            if text.first(method) is None:
                continue
            if method in SAMPLED and self.options.seeds > 1:
                yield from self._seeds(text, method)
            if self.options.rewrites:
                for words in rewritten(text.sentence):
                    there = moved(text.target, text.sentence, words)
                    if there is not None:
                        yield self._job(text.sentence, there, method, "rewrite", text=words)

    def randomised(self, texts: Sequence[Explained], method: MethodName, weights: Weights) -> Iterator[Job]:
        """The first texts again, with weights drawn at random."""
        given = [text for text in texts if text.first(method) is not None]
        for text in given[: self.options.randomised]:
            role: Role = "head" if weights == "head" else "all"
            yield self._job(text.sentence, text.target, method, role, weights=weights)

    def reference(self, texts: Sequence[Explained]) -> Iterator[Job]:
        """What the model does when words of the first texts are hidden, with its own weights and with a random head.

        By leave-one-out, and by Shapley values where no method has them already.
        """
        methods = REFERENCES[:1] if "shap" in self.options.methods else REFERENCES
        for text in texts[: self.options.randomised]:
            for method in methods:
                yield self._job(text.sentence, text.target, method, "plain", budget=0)
                yield self._job(text.sentence, text.target, method, "head", budget=0, weights="head")

    def _seeds(self, text: Explained, method: MethodName) -> Iterator[Job]:
        """Runs whose questions differ: where the budget holds every coalition, all seeds would ask the same."""
        coalitions = 2 ** min(text.words(method), 30)
        if coalitions > (self.options.budget or USUAL_EVALUATIONS.get(method, 0)):
            for turn in range(1, self.options.seeds):
                yield self._job(text.sentence, text.target, method, "seed", turn=turn)
        elif budget := fewer(text.words(method)):
            for turn in range(self.options.seeds):
                yield self._job(text.sentence, text.target, method, "few", turn=turn, budget=budget)

    def _tested(self, method: MethodName) -> Hiding:
        """A way to hide words that is not the method's: gradients begin at masks, and masked models are given masks."""
        if self.options.tested:
            return self.options.tested
        usual = self.options.hiding or ("masked" if self.masked else "removed")
        if method == GRADIENTS:
            usual = "masked"
        return "masked" if usual == "removed" else "removed"

    def _job(
        self,
        sentence: Sentence,
        target: Target,
        method: MethodName,
        role: Role,
        *,
        text: str = "",
        turn: int = 0,
        budget: int | None = None,
        tested: Hiding = "",
        weights: Weights = "own",
    ) -> Job:
        budget = self.options.budget if budget is None else budget
        hiding: Hiding = "" if method in WITHOUT_HIDING else self.options.hiding
        asked = (text or sentence.text, target, method, budget, self.seed + turn, hiding, tested, weights)
        return Job(sentence=sentence, method=method, role=role, request=Attribute(*asked))


def fewer(words: int) -> int:
    """Half of the coalitions of so many words, or two permutations forth and back; 0 where these are all there are.

    >>> fewer(8), fewer(5), fewer(4)
    (128, 22, 0)
    """
    budget = max(2**words // 2, 2 * (2 * words + 1))
    return budget if budget < 2**words else 0
