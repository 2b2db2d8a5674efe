"""Answers `Attribute`: the share of each word in what a model says, by several methods.

SHAP, LIME and leave-one-out are asked about coalitions of words. What they will ask is known before any answer, so the
questions of all requests go to the model in one round. A text short enough for the budget to hold all its coalitions is
asked whole: then methods and seeds share one table, and a repeated run asks the very same questions whatever it
remembers. Gradients and attention maps are asked of each text by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np

from fairwitness.audit.attribution import flow, gradients, leave_one_out, tables
from fairwitness.audit.attribution import lime as attribution_lime
from fairwitness.audit.attribution import shap as attribution_shap
from fairwitness.audit.attribution.coalitions import (
    CoalitionValues,
    Presence,
    ValueFunction,
    Values,
    WordAttributions,
    ends,
    every,
    rules_for,
    solve,
)
from fairwitness.audit.attribution.drawing import Drawer
from fairwitness.audit.attribution.faithfulness import Ground, GroundKey, RulesOf, grounds_of, with_test
from fairwitness.audit.attribution.targets import Refused, words_of
from fairwitness.audit.requests import (
    BLANK,
    Attribute,
    AttributeRow,
    Attribution,
    Hiding,
    Method,
    RowAttribution,
    Target,
    Unanswered,
)
from fairwitness.audit.subject import Ask, Differentiates, HidesWords, Subject, TellsUnread

Key: TypeAlias = tuple[str, Target, Hiding, int, bool]
"""Text, target, how words are hidden, the seed they are drawn by, and whether all its coalitions are asked for."""

ROUND = 20_000
"""Evaluations that are asked for at once; more requests wait for the next round."""
REPEATS = 8
"""Draws of hidden words over which a method without randomness is averaged."""
ONCE: tuple[Method, ...] = ("leave_one_out", "shap_partition")
"""Methods that ask about coalitions and have no randomness."""
SAMPLED: tuple[Method, ...] = ("shap", "lime")
"""Methods that draw coalitions."""
REMEMBERED = 256
"""Fully known texts that are kept between calls."""
DEFAULT_BUDGETS: dict[Method, int] = {  # 0: the method knows by itself what it asks
    "shap": attribution_shap.EVALUATIONS,
    "shap_partition": attribution_shap.EVALUATIONS,
    "lime": attribution_lime.EVALUATIONS,
    "integrated_gradients": 0,
    "expected_gradients": 0,
    "gradient_x_input": 0,
    "leave_one_out": 0,
    "rollout": 0,
}
GRADIENTS: dict[Method, Hiding] = {"integrated_gradients": "masked", "expected_gradients": "", "gradient_x_input": ""}
"""Methods by gradients, and how words are hidden where their path begins, as far as it has a name."""
BEGINNINGS: dict[Method, str] = {
    "integrated_gradients": "The path begins at the model's own hidden embeddings",
    "expected_gradients": "The paths begin at tokens drawn evenly from the vocabulary.",
    "gradient_x_input": "The change is towards embeddings of zeros.",
}


class Explainer:
    """Explains one subject. Between calls it remembers texts of which every coalition is known, and tests' grounds.

    Words are drawn from the subject where it is a masked model, else from `masked`, where there is one.
    """

    def __init__(self, subject: Subject, masked: Ask | None = None) -> None:
        self._subject = subject
        self._masked = masked
        self._tables: dict[Key, dict[bytes, float]] = {}
        self._grounds: dict[GroundKey, Ground] = {}

    def about(self, subject: Subject) -> Explainer:
        """An explainer of another subject, which remembers nothing of this one."""
        return Explainer(subject, self._masked)

    def explain(self, requests: Sequence[Attribute], ask: Ask) -> list[Attribution | Unanswered]:
        """One answer per request, in order; `Unanswered` says what the model could not be asked."""
        answers: list[Attribution | Unanswered] = []
        draws = ask if "FillMask" in self._subject.info.capabilities else self._masked
        rules_of = partial(rules_for, subject=self._subject, drawer=None if draws is None else Drawer(draws))
        for together in _rounds(requests):
            value_functions: dict[Key, ValueFunction | Unanswered] = {}
            parts = [part for request in together for part in _repeated(request)]
            for request in parts:
                value_functions[_key(request)] = value_functions.get(_key(request)) or self._value_function(
                    request, rules_of, ask
                )
            evaluated = [(request, value_functions[_key(request)]) for request in parts]
            asking = [
                (request, value_function)
                for request, value_function in evaluated
                if isinstance(value_function, ValueFunction) and request.method not in GRADIENTS
            ]
            # a text that the model cannot read whole is not asked about piece by piece
            solve([(value_function, ends(len(value_function.words))) for _, value_function in asking], ask)
            readable = [pair for pair in asking if not pair[1].refused]
            solve([(value_function, _plan(request, value_function)) for request, value_function in readable], ask)
            each = iter([self._answer(request, value_function) for request, value_function in evaluated])
            explained = [_mean([next(each) for _ in _repeated(request)]) for request in together]
            self._grounds |= grounds_of(together, rules_of, ask, self._grounds)
            tested = (with_test(*pair, self._grounds) for pair in zip(together, explained, strict=True))
            answers += [self._with_unread(*pair) for pair in zip(together, tested, strict=True)]
            self._remember(value_functions)
        return answers

    def _with_unread(self, request: Attribute, answer: Attribution | Unanswered) -> Attribution | Unanswered:
        if isinstance(answer, Unanswered) or not isinstance(self._subject, TellsUnread):
            return answer
        return replace(answer, unread=self._subject.unread(request.text))

    def explain_rows(self, requests: Sequence[AttributeRow], ask: Ask) -> list[RowAttribution | Unanswered]:
        """The same of rows of a table."""
        return tables.explain_rows(self._subject, requests, ask)

    def _value_function(self, request: Attribute, rules_of: RulesOf, ask: Ask) -> ValueFunction | Unanswered:
        rules = rules_of(replace(request, hiding="") if request.method in GRADIENTS else request)
        if isinstance(rules, Unanswered):
            return rules
        known = self._tables.get(_key(request), {})
        value_function = ValueFunction(request.text, rules, ask, known=dict(known))
        return value_function if value_function.words else Unanswered("the text has no word to explain", "no_words")

    def _remember(self, value_functions: dict[Key, ValueFunction | Unanswered]) -> None:
        for key, value_function in value_functions.items():
            if key[-1] and isinstance(value_function, ValueFunction) and not value_function.refused:
                self._tables[key] = value_function.known
        while len(self._tables) > REMEMBERED:
            del self._tables[next(iter(self._tables))]
        while len(self._grounds) > REMEMBERED:
            del self._grounds[next(iter(self._grounds))]

    def _answer(self, request: Attribute, value_function: ValueFunction | Unanswered) -> Attribution | Unanswered:
        if isinstance(value_function, Unanswered):
            return value_function
        try:
            if request.method in GRADIENTS:
                return self._differentiate(request, value_function)
            if request.method == "rollout":
                return self._flow(request, value_function)
            return _attribute(request, value_function)
        except Refused as reason:
            return Unanswered(str(reason), reason.fault)

    def _differentiate(self, request: Attribute, value_function: ValueFunction) -> Attribution:
        hiding = GRADIENTS[request.method]
        if request.hiding not in ("", hiding):
            raise Refused(f"{request.method} hides words by their embeddings: words cannot be {request.hiding} for it")
        if not isinstance(self._subject, Differentiates):
            raise Refused("the model gives no gradients")
        explained = _by_gradients(self._subject, request, value_function)
        beginning = BEGINNINGS[request.method]
        if request.method == "integrated_gradients":
            token = f" (of {self._subject.hidden_text!r})" if isinstance(self._subject, HidesWords) else ""
            beginning = f"{beginning}{token}."
        note = f"{explained.attributions.note} {beginning}"
        ends = explained.base, explained.full
        return _attribution(request, value_function, explained.attributions, ends, explained.steps, note, hiding)

    def _flow(self, request: Attribute, value_function: ValueFunction) -> Attribution:
        if request.hiding:
            raise Refused("attention rollout hides no words")
        attributions = flow.rollout(
            request.text,
            request.target,
            value_function.words,
            value_function.ask,
            hidden_text=self._subject.hidden_text if isinstance(self._subject, HidesWords) else BLANK,
            masked="FillMask" in self._subject.info.capabilities,
        )
        ends = value_function.between()
        answer = _attribution(request, value_function, attributions, ends, 2, attributions.note, "")
        return replace(answer, residual=1.0 - float(attributions.values.sum()))


def _by_gradients(model: Differentiates, request: Attribute, value_function: ValueFunction) -> gradients.WordGradients:
    asked = model, request.text, request.target, value_function.words
    match request.method:
        case "integrated_gradients":
            return gradients.integrate(*asked)
        case "expected_gradients":
            return gradients.expected(*asked, request.seed)
        case _:
            return gradients.times_input(*asked)


def _attribute(request: Attribute, value_function: ValueFunction) -> Attribution:
    evaluated: set[bytes] = set()

    def values_of(present: Presence) -> Values:
        present = np.ascontiguousarray(present, dtype=np.bool_)
        evaluated.update(row.tobytes() for row in present)
        return value_function(present)

    base, full = values_of(ends(len(value_function.words))).tolist()
    if len(value_function.words) == 1:
        note = "One word alone: the difference it makes, the same by every method."
        attributions = WordAttributions(np.array([full - base]), None, note)
    else:
        attributions = _method(request, len(value_function.words))(values_of)
    return _attribution(
        request,
        value_function,
        attributions,
        (base, full),
        len(evaluated),
        f"{attributions.note} {value_function.rules.hiding.sentence}",
        value_function.rules.hiding.name,
    )


def _method(request: Attribute, words: int) -> Callable[[CoalitionValues], WordAttributions]:
    match request.method:
        case "shap":
            return partial(attribution_shap.permutation, words=words, budget=request.budget, seed=request.seed)
        case "shap_partition":
            return partial(attribution_shap.partition, words=words, budget=request.budget)
        case "lime":
            return partial(attribution_lime.surrogate, words=words, budget=request.budget, seed=request.seed)
        case "leave_one_out":
            return partial(leave_one_out.differences, words=words)
        case _:
            raise Refused(f"{request.method} does not ask about coalitions")


def _attribution(
    request: Attribute,
    value_function: ValueFunction,
    attributions: WordAttributions,
    between: tuple[float, float],
    evaluations: int,
    note: str,
    hiding: Hiding,
) -> Attribution:
    base, full = between
    return Attribution(
        words=tuple(word.text for word in value_function.words),
        starts=tuple(word.start for word in value_function.words),
        values=tuple(attributions.values.tolist()),
        base=base,
        full=full,
        residual=full - base - float(attributions.values.sum()),
        evaluations=evaluations,
        errors=() if attributions.errors is None else tuple(attributions.errors.tolist()),
        note=note,
        hiding=hiding,
    )


def _plan(request: Attribute, value_function: ValueFunction) -> Presence:
    """The coalitions that are asked for ahead: all of them where the budget holds as many, else the method's own.

    The method's own are found by running it on a value function that is always zero. Sampling methods draw the same
    coalitions whatever the answers; the partition method does not, and asks for the rest as it goes.
    """
    words = len(value_function.words)
    if _holds_every(request, words):
        return every(words)
    wanted: list[Presence] = [ends(words)]

    def nothing(present: Presence) -> Values:
        wanted.append(np.array(present, dtype=np.bool_))
        return np.zeros(len(present))

    if words > 1 and request.method != "rollout":
        try:
            _method(request, words)(nothing)
        except Refused:
            return ends(words)
    return np.concatenate(wanted)


def _key(request: Attribute) -> Key:
    hiding: Hiding = "" if request.method in GRADIENTS else request.hiding
    seed = request.seed if hiding == "drawn" else 0
    return (
        request.text,
        request.target,
        hiding,
        seed,
        _holds_every(request, len(words_of(request.text, request.target))),
    )


def _repeated(request: Attribute) -> list[Attribute]:
    """What a request comes to: where words are drawn, a method that would draw but once for each coalition is repeated.

    So is every method on one word, which has a single coalition.
    """
    once = request.method in ONCE or (request.method in SAMPLED and len(words_of(request.text, request.target)) == 1)
    if request.hiding != "drawn" or not once:
        return [request]
    return [replace(request, seed=request.seed * REPEATS + number, tested="") for number in range(REPEATS)]


def _mean(answers: Sequence[Attribution | Unanswered]) -> Attribution | Unanswered:
    """The mean of repeated attributions, with its standard errors; Unanswered where one of them is."""
    given = [answer for answer in answers if isinstance(answer, Attribution)]
    if len(given) < len(answers):
        return next(answer for answer in answers if isinstance(answer, Unanswered))
    if len(given) == 1:
        return given[0]
    values = np.array([answer.values for answer in given])
    base, full = (float(np.mean([getattr(answer, end) for answer in given])) for end in ("base", "full"))
    return replace(
        given[0],
        values=tuple(values.mean(axis=0).tolist()),
        errors=tuple((values.std(axis=0, ddof=1) / np.sqrt(len(given))).tolist()),
        base=base,
        full=full,
        residual=full - base - float(values.mean(axis=0).sum()),
        evaluations=sum(answer.evaluations for answer in given),
        note=f"{given[0].note.replace('; no randomness', '')} The mean of {len(given)} draws.",
    )


def _budget(request: Attribute) -> int:
    default = DEFAULT_BUDGETS[request.method]
    return request.budget or default if default else 0


def _holds_every(request: Attribute, words: int) -> bool:
    budget = _budget(request)
    return words <= budget.bit_length() and 2**words <= budget


def _rounds(requests: Sequence[Attribute]) -> Iterator[list[Attribute]]:
    """Requests in order, cut where their budgets pass what is asked for at once."""
    together: list[Attribute] = []
    size = 0
    for request in requests:
        if together and size + _budget(request) > ROUND:
            yield together
            together, size = [], 0
        together.append(request)
        size += _budget(request)
    if together:
        yield together
