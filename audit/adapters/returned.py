"""What a function returned, in any of the usual forms -> one plain answer per item.

Lists, tuples, iterators, numpy arrays, tensors, Series, DataFrames and dicts of columns are read; a message says what
came in place of an answer and what is expected, and never quotes it: it may hold what nobody else should read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fairwitness.audit.halving import BadAnswer

TOLERANCE = 0.01
"""How far a sum of probabilities may be from 1: half precision over many classes is off by less."""
ROUNDING = 1e-6
"""How far below 0 or above 1 a probability may be by rounding alone."""


def items(result: object, count: int, name: str, what: str) -> list[Any]:
    """One item per asked one. Raises BadAnswer where what was returned does not divide into so many.

    >>> import numpy as np
    >>> items(np.array([[0.2, 0.8], [0.5, 0.5]]), 2, "model", "text")
    [[0.2, 0.8], [0.5, 0.5]]
    >>> items({"no": [0.2], "yes": [0.8]}, 1, "model", "text")
    [{'no': 0.2, 'yes': 0.8}]
    """
    value = plain(result, name)
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        value = value.to_dict("records")
    if isinstance(value, Mapping):
        value = _records(value, count, name, what)
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise BadAnswer(f"{name} returned {kind_of(value)} for {counted(count, what)}; {_one_per(what)}")
    listed = list(value)
    if len(listed) != count:
        raise BadAnswer(f"{name} returned {len(listed)} answers for {counted(count, what)}; {_one_per(what)}")
    return listed


def plain(value: Any, name: str) -> Any:
    """Tensors, arrays and Series as lists or single values of Python; everything else as it is.

    Raises BadAnswer for a tensor without values (on the meta device).
    """
    if hasattr(value, "detach"):
        if getattr(value, "is_meta", False):
            raise BadAnswer(f"{name} returned a tensor on the meta device, which holds no numbers: load the weights")
        value = value.detach().cpu()
        value = value.float() if value.is_floating_point() else value
    elif hasattr(value, "numpy") and not hasattr(value, "tolist"):
        value = value.numpy()
    if hasattr(value, "columns"):
        return value
    return value.tolist() if hasattr(value, "tolist") else value


def probabilities(item: Any, labels: Sequence[str], name: str, *, apart: bool = False) -> tuple[float, ...]:
    """The probability of every label, from numbers in their order or by their names.

    One number is the probability of the one label. Labels judged `apart` need not sum to 1. Raises BadAnswer.

    >>> probabilities({"yes": 0.8, "no": 0.2}, ("no", "yes"), "model")
    (0.2, 0.8)
    """
    values = _in_order(plain(item, name), labels, name)
    numbers = tuple(number(value, name) for value in values)
    low, high = min(numbers), max(numbers)
    if low < -ROUNDING or high > 1 + ROUNDING:
        odd = low if low < -ROUNDING else high
        raise BadAnswer(
            f"{name} returned {odd:.4g} where a probability from 0 to 1 is expected: if these are logits, return their "
            "softmax"
        )
    total = math.fsum(numbers)
    if not apart and len(labels) > 1 and abs(total - 1) > TOLERANCE:
        raise BadAnswer(
            f"{name} returned probabilities that sum to {total:.4g}, not to 1: return them of all labels, or say "
            "multi_label=True where each label is judged apart"
        )
    return tuple(min(1.0, max(0.0, value)) for value in numbers)


def number(value: Any, name: str) -> float:
    """A finite number. Raises BadAnswer with what is there in its place."""
    single = plain(value, name)
    if isinstance(single, list) and len(single) == 1:
        single = single[0]
    if isinstance(single, bool) or not isinstance(single, int | float):
        raise BadAnswer(f"{name} returned {kind_of(single)} where a number is expected")
    if not math.isfinite(single):
        raise BadAnswer(f"{name} returned {single} where a finite number is expected")
    return float(single)


def kind_of(value: object) -> str:
    """What a value is, in words that show nothing of it."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "one number"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return f"a value of type {type(value).__name__}"


def counted(count: int, what: str) -> str:
    """So many of something, as English says it."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _one_per(what: str) -> str:
    return f"one answer per {what} is expected, in their order"


def _records(columns: Mapping[Any, Any], count: int, name: str, what: str) -> list[dict[Any, Any]]:
    """The items of a dict that holds a list per label."""
    lists = {label: plain(column, name) for label, column in columns.items()}
    lengths = {len(column) if isinstance(column, list | tuple) else -1 for column in lists.values()}
    if lengths != {count}:
        raise BadAnswer(
            f"{name} returned a dict for {counted(count, what)}; a list of dicts is expected, or a dict that holds a "
            f"list of {count} per label"
        )
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _in_order(item: Any, labels: Sequence[str], name: str) -> Sequence[Any]:
    """The values of an item in the order of the labels."""
    if isinstance(item, list | tuple) and item and all(map(_is_scored, item)):
        item = {entry["label"]: entry["score"] for entry in item}
    elif _is_scored(item):
        item = {item["label"]: item["score"]}
    if isinstance(item, Mapping):
        given = {str(label): value for label, value in item.items()}
        if set(given) != set(labels):
            raise BadAnswer(
                f"{name} returned numbers for {_listed(given)} where the labels are {_listed(labels)}: all of them are "
                "needed (a pipeline of transformers gives all with top_k=None)"
            )
        return [given[label] for label in labels]
    values = item if isinstance(item, list | tuple) else [item]
    if len(values) != len(labels):
        count = (
            f"{len(values)} values for one item" if isinstance(item, list | tuple) else f"{kind_of(item)} for one item"
        )
        raise BadAnswer(f"{name} returned {count} where there are {_counted_labels(labels)}: {_REMEDY}")
    return values


_REMEDY = "return a probability per label, in their order, or name in labels= the one label whose probability it is"


def _is_scored(entry: object) -> bool:
    return isinstance(entry, Mapping) and {"label", "score"} <= set(entry)


def _counted_labels(labels: Sequence[str]) -> str:
    return f"1 label ({labels[0]})" if len(labels) == 1 else f"{len(labels)} labels ({_listed(labels)})"


def _listed(labels: Iterable[object]) -> str:
    names = [str(label)[:40] for label in labels]
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
