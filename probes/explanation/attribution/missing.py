"""What of the explanations is missing: a method that this model does not allow, texts with nothing to explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fairwitness.audit.records import Name
from fairwitness.audit.requests import Answer, Unanswered
from fairwitness.probes.explanation.attribution.items import NAMES, WORDS, MethodName
from fairwitness.probes.explanation.attribution.jobs import Job
from fairwitness.probes.kit import left_out

Answered: TypeAlias = tuple[Job, Answer]


@dataclass(frozen=True, slots=True)
class Missing:
    """Texts that cannot be explained by number, methods that explain none, and other reasons; with their requests."""

    texts: Mapping[int, Unanswered]
    methods: Mapping[MethodName, str]
    others: Sequence[str]
    requests: int

    def notes(self, total: int) -> list[str]:
        """What a reader should know of it, and what can be done."""
        methods = [
            WORDS("note.method", method=NAMES[method], reason=reason.rstrip("."))
            for method, reason in self.methods.items()
        ]
        others = [WORDS("note.unanswered", reason=reason) for reason in self.others]
        return [*methods, *left_out.remedies(self.texts, total), *others]


def failing(answered: Sequence[Answered], *, secret: bool) -> dict[MethodName, str]:
    """Methods without any answer on this model, each with the commonest reason, where another method has answers.

    What a text is at fault for is no fault of a method. `secret`: see `reasons`.
    """
    given = {job.method for job, answer in answered if not isinstance(answer, Unanswered)}
    refused: dict[MethodName, Counter[str]] = {}
    for job, answer in answered:
        if isinstance(answer, Unanswered) and not left_out.of_the_text(answer):
            refused.setdefault(job.method, Counter())[_reason(answer, secret=secret)] += 1
    if not given:
        return {}
    return {method: counts.most_common(1)[0][0] for method, counts in refused.items() if method not in given}


def missing_of(
    places: Mapping[str, int], predicted: Mapping[str, Answer], answered: Sequence[Answered], *, secret: bool
) -> Missing:
    """What is missing; `places` are the numbers of the texts in their table, `predicted` what was asked of them before.

    `requests` counts those of whole texts and whole methods, which are named; of texts that are too long only where
    they are few (`left_out.MOST`). `secret`: see `reasons`.
    """
    methods = failing(answered, secret=secret)
    texts = {places[text]: reason for text, answer in predicted.items() if (reason := left_out.of_the_text(answer))}
    others = [answer for answer in predicted.values() if not left_out.of_the_text(answer)]
    requests = Counter(list(texts))
    whole_methods = 0
    for job, answer in answered:
        if not isinstance(answer, Unanswered):
            continue
        place = places[job.sentence.text]
        if reason := left_out.of_the_text(answer):
            requests[place] += 1
            if job.role == "shown":
                texts[place] = reason
        elif job.method in methods:
            whole_methods += 1
        else:
            others.append(answer)
    asked = len({*predicted, *(job.sentence.text for job, _ in answered)})
    too_long = [place for place, reason in texts.items() if reason.fault != "no_words"]
    if len(too_long) > left_out.MOST * asked:
        requests -= Counter({place: requests[place] for place in too_long})
    return Missing(
        dict(sorted(texts.items())), methods, reasons(others, secret=secret), whole_methods + requests.total()
    )


def reasons(answers: Iterable[Answer], *, secret: bool) -> list[str]:
    """Each reason why something has no answer, once.

    Of texts that are `secret` what follows the first colon is left out: the words of an error may quote one.
    """
    return sorted({_reason(answer, secret=secret) for answer in answers if isinstance(answer, Unanswered)})


def _reason(answer: Unanswered, *, secret: bool) -> str:
    return Name(answer.reason.split(":")[0] if secret else answer.reason)
