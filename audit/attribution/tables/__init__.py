"""Answers `AttributeRow`: the share of each column in what a model says of a row, by SHAP or LIME.

The game is played at the columns of the user: what a pipeline makes of them inside is its own matter. Trees and linear
models over bare numbers are read; everything else is asked about rows whose hidden columns come from the background.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from fairwitness.audit.attribution.coalitions import Values, WordAttributions
from fairwitness.audit.attribution.tables import lime, sampled
from fairwitness.audit.attribution.tables.exact import EXACT, Exact, method_of, structure_of
from fairwitness.audit.attribution.tables.values import ColumnValues, log_odds
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.requests import (
    Answer,
    AttributeRow,
    Predict,
    Prediction,
    RowAttribution,
    RowMethod,
    Unanswered,
)
from fairwitness.audit.subject import Ask, Subject, TakesColumns


def explain_rows(subject: Subject, requests: Sequence[AttributeRow], ask: Ask) -> list[RowAttribution | Unanswered]:
    """One answer per request, in order; `Unanswered` says what the model could not be asked.

    Rows that share a background and a target are read from the structure of a model in one call.
    """
    answers: list[RowAttribution | Unanswered] = []
    for method, together in _alike(subject, requests):
        if method in EXACT:
            answers += _exact(subject, method, together, ask)
        else:
            answers += [_sampled(subject, method, request, ask) for request in together]
    return answers


def _alike(subject: Subject, requests: Sequence[AttributeRow]) -> Iterator[tuple[RowMethod, list[AttributeRow]]]:
    """Neighbours that one call answers. What a request comes to is looked up once for a method and kinds of cells."""
    methods: dict[object, RowMethod] = {}

    def kind(request: AttributeRow) -> tuple[object, ...]:
        texts = tuple(isinstance(cell, str) for _, cell in request.features)
        key = (request.method, texts, id(request.background), request.labels)
        if key not in methods:
            methods[key] = method_of(subject, request)
        return methods[key], id(request.background), request.labels, tuple(name for name, _ in request.features)

    for key, members in groupby(requests, kind):
        method: RowMethod = key[0]  # type: ignore[assignment]
        yield method, list(members)


def _places(subject: Subject, request: AttributeRow) -> tuple[int, ...]:
    """The places of the features that the model takes; all where it does not say."""
    taken = set(subject.columns) if isinstance(subject, TakesColumns) else set()
    return tuple(place for place, (name, _) in enumerate(request.features) if not taken or name in taken)


def _sampled(subject: Subject, method: RowMethod, request: AttributeRow, ask: Ask) -> RowAttribution | Unanswered:
    places = _places(subject, request)
    values_of = ColumnValues(request, places, ask)
    try:
        if not request.background:
            raise Refused("there is no background to hide columns with")
        base, full = values_of(np.array([[False] * len(places), [True] * len(places)])).tolist()
        if len(places) == 1:
            alone = "One column alone: the difference it makes, the same by every method."
            attributions = WordAttributions(np.array([full - base]), None, alone)
        else:
            attributions = _method(method, values_of, request)
    except Refused as reason:
        return Unanswered(str(reason))
    answer = _answer(request, method, places, attributions.values, base, full)
    errors = () if attributions.errors is None else _spread(attributions.errors, places, len(request.features))
    note = f"{attributions.note} {_hiding(request)}"
    return replace(answer, evaluations=len(values_of.known), scale=values_of.scale, errors=errors, note=note)


def _method(method: RowMethod, values_of: ColumnValues, request: AttributeRow) -> WordAttributions:
    columns = len(values_of.places)
    match method:
        case "shap_permutation":
            return sampled.permutation(values_of, columns, request.budget, request.seed)
        case "shap_kernel":
            return sampled.kernel(values_of, columns, request.budget, request.seed)
        case "lime":
            return lime.surrogate(values_of, request.budget, request.seed)
        case _:
            raise Refused(f"{method} reads the structure of a model")


def _exact(
    subject: Subject, method: RowMethod, requests: Sequence[AttributeRow], ask: Ask
) -> list[RowAttribution | Unanswered]:
    """Values of all rows in one call, held against what the model says of the same rows when it is asked."""
    try:
        structure = structure_of(subject, requests)
        result = EXACT[method](structure)
    except Refused as reason:
        return [Unanswered(str(reason))] * len(requests)
    names = [name for name, _ in requests[0].features]
    taken = subject.columns if isinstance(subject, TakesColumns) and subject.columns else names
    places = tuple(names.index(name) for name in taken)
    said = ask([Predict(request.features) for request in requests])
    return [
        _checked(request, method, places, result, row, answer)
        for request, row, answer in zip(requests, result.values, said, strict=True)
    ]


def _checked(
    request: AttributeRow, method: RowMethod, places: tuple[int, ...], result: Exact, row: Values, answer: Answer
) -> RowAttribution | Unanswered:
    """The answer, whose residual says how far the values are from what the model says of the row."""
    if not isinstance(answer, Prediction):
        return answer if isinstance(answer, Unanswered) else Unanswered("the model gave no decision")
    total = result.base + float(row.sum())
    match result.scale:
        case "log-odds":
            said = log_odds(sum(chance for name, chance in answer.scores if name in request.labels))
            # where the model is surer than log-odds are told apart, only that can be held against it
            full = total if abs(said) >= abs(log_odds(0.0)) - 1e-9 and abs(total) >= abs(said) else said
        case "probability":
            full = sum(chance for name, chance in answer.scores if name in request.labels)
        case _:
            full = float(answer.label)
    made = _answer(request, method, places, row, result.base, full)
    return replace(made, scale=result.scale, exact=True, note=f"{result.note} {_hiding(request)}")


def _answer(
    request: AttributeRow, method: RowMethod, places: Sequence[int], values: Values, base: float, full: float
) -> RowAttribution:
    names = tuple(name for name, _ in request.features)
    return RowAttribution(
        columns=names,
        values=_spread(values, places, len(names)),
        base=base,
        full=full,
        residual=full - base - float(values.sum()),
        evaluations=1,
        method=method,
        scale="number",
        untaken=tuple(name for place, name in enumerate(names) if place not in places),
    )


def _spread(values: Values, places: Sequence[int], count: int) -> tuple[float, ...]:
    """Values at their places among all features; the model takes no other, so that theirs are 0."""
    spread = np.zeros(count)
    spread[list(places)] = values
    return tuple(spread.tolist())


def _hiding(request: AttributeRow) -> str:
    return f"A hidden column is filled from {len(request.background)} rows of the background."
