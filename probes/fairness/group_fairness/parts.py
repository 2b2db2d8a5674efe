"""The counting of rows by group and by crossing of groups, and the choice of reference groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.metrics import CELLS, counts
from fairwitness.audit.own_cells import are_names, listed_values
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.cells import MISSING, Codes
from fairwitness.probes.fairness.group_fairness.people import DECIDED, by_group
from fairwitness.probes.fairness.group_fairness.rates import (
    LEAST_SHARE,
    Counts,
    Group,
    Limits,
    Part,
    Undecided,
    Weighted,
)
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes

NAMES = ("rows", "selected", "labelled", *CELLS)


def partitions(
    frame: Frame, outcomes: Outcomes, named: Mapping[str, str], limits: Limits, *, crossed: bool
) -> list[Part]:
    """All rows, each group column, and the crossings of every two; `named` are the reference groups by column."""
    chosen: list[tuple[str, ...]] = [(name,) for name in frame.groups]
    if crossed:
        chosen += list(combinations(frame.groups, 2))
    parts = [_part(frame, outcomes, ())]
    for columns in chosen:
        part = _with_valueless(_part(frame, outcomes, columns), named)
        known = {group: part.groups[group]["rows"] for group in part.compared}
        reference, note = _reference(columns, known, named)
        if reference is not None:
            size = part.people[reference].decided if part.people else known[reference]
            if size < limits.group:
                many = f"{size} {'people' if part.people else 'rows'}"
                note = f"The reference group {' × '.join(reference)} has {many}: no group can be compared with it."
        said = " ".join(one for one in (part.note, note, _several(part)) if one)
        parts.append(replace(part, reference=reference, note=said))
    return parts


def _several(part: Part) -> str:
    """What is said of people who have rows in several groups of a column."""
    if not part.several or len(part.columns) > 1:
        return ""
    codes = [part.people[group].codes for group in part.several]
    _, often = np.unique(np.concatenate(codes), return_counts=True)
    return (
        f"Group column {part.name!r}: {int((often > 1).sum())} people have rows in several of its groups. They count "
        "in each of them, and intervals of rates are wide enough for what the groups then have in common; what is not "
        "made of rates is not compared between such groups."
    )


def _with_valueless(part: Part, named: Mapping[str, str]) -> Part:
    """The part where rows without a value are compared if they hold enough of the rows, or are a named reference."""
    if not part.valueless:
        return part
    share = part.held(part.valueless, [*part.groups])
    judged = share >= LEAST_SHARE or any(named.get(column) == MISSING for column in part.columns)
    if len(part.columns) > 1:
        return replace(part, unnamed=judged)
    what = f" and are compared like a group, {MISSING}" if judged else ", under 2 %: listed, not judged"
    held = words.percent(share) if share >= LEAST_SHARE else words.percent_below(share, LEAST_SHARE)
    note = f"Group column {part.name!r}: rows without a value hold {held} of the rows{what}."
    return replace(part, unnamed=judged, note=note)


def tally(frame: Frame, outcomes: Outcomes, columns: Sequence[str]) -> dict[Group, Counts]:
    """Counts of each group that occurs, largest first, the missing ones last."""
    return dict(_part(frame, outcomes, tuple(columns)).groups)


def coded(frame: Frame, columns: Sequence[str]) -> tuple[list[Group], Codes]:
    """The groups that occur, and the number of its group for each row."""
    keys: list[Group] = [()]
    codes = np.zeros(frame.rows, dtype=np.int64)
    for name in columns:
        own = frame.coded[name]
        occurring, codes = np.unique(codes * len(own.values) + own.codes, return_inverse=True)
        kinds = len(own.values)
        keys = [(*keys[code // kinds], own.values[code % kinds]) for code in occurring.tolist()]
    return keys, codes


def reference_groups(frame: Frame, references: Sequence[str]) -> dict[str, str]:
    """Reference groups by column, from `column=group`, or `group` where only one column has it. Raises BadOption."""
    named: dict[str, str] = {}
    for reference in references:
        column, sign, value = (part.strip() for part in reference.partition("="))
        if not sign:
            holding = [name for name, cells in frame.requested.items() if column in cells.values]
            if len(holding) != 1:
                where = "several group columns have" if holding else "no group column has"
                raise BadOption(f"reference {reference!r}: {where} such a group; write column=group")
            column, value = holding[0], column
        if column not in frame.requested:
            raise BadOption(
                f"reference {reference!r}: {column!r} is no group column{nearest(column, frame.requested)} "
                f"(group columns: {', '.join(frame.requested)})"
            )
        groups = frame.requested[column].counts
        if value not in groups:
            near = nearest(value, groups) if are_names(groups) else ""
            raise BadOption(
                f"reference {reference!r}: column {column!r} has no group {value!r}{near} "
                f"(groups: {listed_values(groups)})"
            )
        named[column] = value
    return named


def _part(frame: Frame, outcomes: Outcomes, columns: tuple[str, ...]) -> Part:
    """The counts of every group, in the order in which they are listed."""
    keys, codes = coded(frame, columns)
    counted = _counts(outcomes, codes, len(keys), None)
    found: dict[Group, Counts] = {
        key: dict(zip(NAMES, map(int, row), strict=True)) for key, row in zip(keys, counted.tolist(), strict=True)
    }
    groups = dict(sorted(found.items(), key=lambda item: (MISSING in item[0], -item[1]["rows"], item[0])))
    missing = _undecided(frame, outcomes, keys, codes)
    part = Part(columns, groups, missing=missing)
    if frame.persons is not None:
        decided = outcomes.answered, outcomes.selected.astype(np.int64)
        judged = outcomes.labelled, DECIDED + 2 * outcomes.positive.astype(np.int64) + outcomes.selected
        part = part.of_people(by_group(keys, codes, frame.persons, (decided, judged), frame.weights))
    if frame.weights is None:
        return part
    sums, squares = (_counts(outcomes, codes, len(keys), weights) for weights in (frame.weights, frame.weights**2))
    weighted = {
        key: Weighted(dict(zip(NAMES, one, strict=True)), dict(zip(NAMES, two, strict=True)))
        for key, one, two in zip(keys, sums.tolist(), squares.tolist(), strict=True)
    }
    return replace(part, weighted=weighted)


def _undecided(frame: Frame, outcomes: Outcomes, keys: Sequence[Group], codes: Codes) -> dict[Group, Undecided]:
    """The rows of each group without a decision, by what is truly known of them."""
    absent = ~outcomes.answered
    known = absent & frame.truth.known
    own = np.ones(frame.rows) if frame.weights is None else frame.weights
    counted = [
        np.bincount(codes[rows], weights=own[rows], minlength=len(keys)).tolist()
        for rows in (absent, known & outcomes.positive, known & ~outcomes.positive)
    ]
    return {key: Undecided(*sums) for key, sums in zip(keys, zip(*counted, strict=True), strict=True)}


def _counts(
    outcomes: Outcomes, codes: Codes, groups: int, weights: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64]:
    """Counts [groups, 7] under NAMES, or sums of weights."""

    def four(rows: npt.NDArray[np.bool_], positive: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        own = None if weights is None else weights[rows]
        return np.asarray(counts(positive[rows], outcomes.selected[rows], codes[rows], groups, own), dtype=np.float64)

    decided = four(outcomes.answered, np.zeros_like(outcomes.positive))
    judged = four(outcomes.labelled, outcomes.positive)
    return np.column_stack([decided.sum(axis=1), decided[:, 1], judged.sum(axis=1), judged])


def _reference(
    columns: Sequence[str], known: Mapping[Group, int], named: Mapping[str, str]
) -> tuple[Group | None, str]:
    """The named group, the largest that fits the names, or the largest of all; without a value only where named."""
    fitting = [group for group in known if _fits(columns, group, named)]
    if all(MISSING in group for group in known) and not fitting:
        return None, f"No row has a value in {' and '.join(columns)}: nothing can be compared."
    if not fitting:
        return None, f"No row of {' × '.join(columns)} is in the reference group: nothing can be compared."
    return max(fitting, key=lambda group: known[group]), ""


def _fits(columns: Sequence[str], group: Group, named: Mapping[str, str]) -> bool:
    """Whether the group has the named value of each column, and any value where none is named."""
    return all(
        value == named[column] if column in named else value != MISSING
        for column, value in zip(columns, group, strict=True)
    )
