"""What of the explanations is missing: a method that this model does not allow, texts with nothing to explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fairwitness.audit.probe import WORDLESS
from fairwitness.audit.requests import Answer, Attribute, Unanswered
from fairwitness.probes.explanation.attribution.checks import NAMES, MethodName, Sentence
from fairwitness.probes.kit import left_out

SWAPPED = -1
"""Stands for the number of the seed in a request about a swapped text."""
Job: TypeAlias = tuple[Sentence, MethodName, int, Attribute]
"""A text, how it is explained, the number of the seed, and what is asked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Texts that cannot be explained by number, methods that explain none, and other reasons; with their requests."""

    texts: Mapping[int, str]
    methods: Mapping[MethodName, str]
    others: Sequence[str]
    requests: int

    def notes(self, total: int) -> list[str]:
        """What a reader should know of it, and what can be done."""
        found = [
            f"{NAMES[method]} explained no text: {reason.rstrip('.')}. The other methods are measured without it; the "
            "option methods leaves it out."
            for method, reason in self.methods.items()
        ]
        found += left_out.told(self.texts, total)
        return [*found, *(f"Some requests had no answer: {reason}" for reason in self.others)]


def failing(jobs: Sequence[Job], answers: Sequence[Answer], *, secret: bool) -> dict[MethodName, str]:
    """Methods without any answer on this model, each with the commonest reason, where another method has answers.

    What a text is at fault for is no fault of a method. `secret`: see `reasons`.
    """
    given: Counter[MethodName] = Counter()
    refused: dict[MethodName, Counter[str]] = {}
    for (_, method, _, _), answer in zip(jobs, answers, strict=True):
        if not isinstance(answer, Unanswered):
            given[method] += 1
        elif not left_out.of_the_text(answer):
            refused.setdefault(method, Counter())[_told(answer, secret=secret)] += 1
    return {method: seen.most_common(1)[0][0] for method, seen in refused.items() if given and not given[method]}


def missing_of(
    places: Mapping[str, int],
    predicted: Mapping[str, Answer],
    jobs: Sequence[Job],
    answers: Sequence[Answer],
    *,
    secret: bool,
) -> Missing:
    """What is missing; `places` are the numbers of the texts in their table, `predicted` what was asked of them before.

    `requests` counts those of whole texts and whole methods, which are named; of texts that are too long only where
    they are few (`left_out.MOST`). `secret`: see `reasons`.
    """
    methods = failing(jobs, answers, secret=secret)
    texts = {places[text]: reason for text, answer in predicted.items() if (reason := left_out.of_the_text(answer))}
    others = [answer for answer in predicted.values() if not left_out.of_the_text(answer)]
    requests = Counter(list(texts))
    whole_methods = 0
    for (sentence, method, turn, _), answer in zip(jobs, answers, strict=True):
        if not isinstance(answer, Unanswered):
            continue
        reason = left_out.of_the_text(answer)
        place = places[sentence.text]
        if reason and turn != SWAPPED:
            texts[place] = reason
        if reason:
            requests[place] += 1
        elif method in methods:
            whole_methods += 1
        else:
            others.append(answer)
    asked = len({*predicted, *(sentence.text for sentence, *_ in jobs)})
    too_long = [place for place, reason in texts.items() if WORDLESS not in reason]
    if len(too_long) > left_out.MOST * asked:
        requests -= Counter({place: requests[place] for place in too_long})
    named = whole_methods + requests.total()
    return Missing(dict(sorted(texts.items())), methods, reasons(others, secret=secret), named)


def reasons(answers: Sequence[Answer], *, secret: bool) -> list[str]:
    """Each reason why something has no answer, once.

    Of texts that are `secret` what follows the first colon is left out: the words of an error may quote one.
    """
    return sorted({_told(answer, secret=secret) for answer in answers if isinstance(answer, Unanswered)})


def _told(answer: Unanswered, *, secret: bool) -> str:
    return answer.reason.split(":")[0] if secret else answer.reason
