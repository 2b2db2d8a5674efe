"""The counting of rows by group and by crossing of groups, and the choice of reference groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from fairwitness.audit.metrics import counts
from fairwitness.audit.records import Name, joined, quoted
from fairwitness.probes.kit.decisions import figures
from fairwitness.probes.kit.decisions.categorical import MISSING, Codes, Floats
from fairwitness.probes.kit.decisions.counts import DECIDED, Group, GroupCounts, by_group
from fairwitness.probes.kit.decisions.outcomes import Outcomes
from fairwitness.probes.kit.decisions.partition import LEAST_SHARE, Limits, Partition
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.decisions.words import WORDS


def partitions(
    table: DecisionTable, outcomes: Outcomes, named: Mapping[str, str], limits: Limits, *, crossed: bool
) -> list[Partition]:
    """All rows, each group column, and the crossings of every two; `named` are the reference groups by column."""
    chosen: list[tuple[str, ...]] = [(name,) for name in table.groups]
    if crossed:
        chosen += list(combinations(table.groups, 2))
    parts = [_counted(table, outcomes, (), limits)]
    for columns in chosen:
        part = _with_valueless(_counted(table, outcomes, columns, limits), named)
        reference, note = _reference(part, named)
        notes = " ".join(text for text in (part.note, note, _several(part)) if text)
        parts.append(replace(part, reference=reference, note=notes))
    return parts


def group_codes(table: DecisionTable, columns: Sequence[str]) -> tuple[list[Group], Codes]:
    """The groups that occur, and the number of its group for each row."""
    keys: list[Group] = [()]
    codes = np.zeros(table.rows, dtype=np.int64)
    for name in columns:
        column = table.coded[name]
        kinds = len(column.values)
        occurring, codes = np.unique(codes * kinds + column.codes, return_inverse=True)
        keys = [(*keys[code // kinds], column.values[code % kinds]) for code in occurring.tolist()]
    return keys, codes


def _counted(table: DecisionTable, outcomes: Outcomes, columns: tuple[str, ...], limits: Limits) -> Partition:
    """The counts of every group: the largest first, those without a value last."""
    keys, codes = group_codes(table, columns)
    rows = _tables(outcomes, codes, len(keys), None)
    weights = table.weights
    sums, squares = (
        (None, None) if weights is None else (_tables(outcomes, codes, len(keys), weights**power) for power in (1, 2))
    )
    undecided = _undecided(table, outcomes, codes, len(keys))
    people = None
    if table.persons is not None:
        decided = outcomes.answered, outcomes.selected.astype(np.int64)
        judged = outcomes.labelled, DECIDED + 2 * outcomes.positive.astype(np.int64) + outcomes.selected
        people = by_group(codes, len(keys), table.persons, (decided, judged), weights)
    order = sorted(range(len(keys)), key=lambda place: (MISSING in keys[place], -rows[place, :2].sum(), keys[place]))
    groups = {
        keys[place]: GroupCounts(
            rows[place],
            None if sums is None else sums[place],
            None if squares is None else squares[place],
            undecided[place],
            None if people is None else people[place],
        )
        for place in order
    }
    places = np.empty(len(keys), dtype=np.int64)
    places[order] = np.arange(len(keys))
    return Partition(columns=columns, groups=groups, limits=limits, codes=places[codes], naming=table.naming)


def _tables(outcomes: Outcomes, codes: Codes, groups: int, weights: Floats | None) -> Floats:
    """Counts [groups, WIDTH], or sums of weights."""
    decided, judged = (
        counts(positive[rows], outcomes.selected[rows], codes[rows], groups, None if weights is None else weights[rows])
        for rows, positive in (
            (outcomes.answered, np.zeros_like(outcomes.positive)),
            (outcomes.labelled, outcomes.positive),
        )
    )
    return np.column_stack([decided[:, :DECIDED], judged]).astype(np.float64)


def _undecided(table: DecisionTable, outcomes: Outcomes, codes: Codes, groups: int) -> Floats:
    """The rows of each group without a decision, by what is truly known of them: [groups, 3]."""
    absent, known = ~outcomes.answered, table.truth.known
    kinds = (absent & known & outcomes.positive, absent & known & ~outcomes.positive, absent & ~known)
    weights = np.ones(table.rows) if table.weights is None else table.weights
    counted = [np.bincount(codes[rows], weights=weights[rows], minlength=groups) for rows in kinds]
    return np.column_stack(counted).astype(np.float64)


def _with_valueless(part: Partition, named: Mapping[str, str]) -> Partition:
    """The partition where rows without a value are compared if they hold enough rows, or are a named reference."""
    if not part.valueless:
        return part
    share = part.held(part.valueless, [*part.groups])
    judged = share >= LEAST_SHARE or any(named.get(column) == MISSING for column in part.columns)
    if len(part.columns) > 1:
        return replace(part, unnamed=judged)
    what = WORDS("note.valueless_compared" if judged else "note.valueless_listed", missing=MISSING)
    held = figures.percent(share) if share >= LEAST_SHARE else figures.percent_below(share, LEAST_SHARE)
    note = WORDS("note.valueless", column=quoted(part.name), held=held, what=what)
    return replace(part, unnamed=judged, note=note)


def _several(part: Partition) -> str:
    """What is said of people who have rows in several groups of a column."""
    codes = [people.codes for group in part.several if (people := part.groups[group].people) is not None]
    if not codes or len(part.columns) > 1:
        return ""
    _, often = np.unique(np.concatenate(codes), return_counts=True)
    return WORDS("note.several_groups", column=quoted(part.name), people=int((often > 1).sum()))


def _reference(part: Partition, named: Mapping[str, str]) -> tuple[Group | None, str]:
    """The named group, the largest that fits the names, or the largest of all; without a value only where named."""
    fitting = [group for group in part.compared if _fits(part.columns, group, named)]
    if not fitting and all(MISSING in group for group in part.compared):
        return None, WORDS("note.no_value", columns=joined(WORDS("naming.and"), map(Name, part.columns)))
    if not fitting:
        return None, WORDS("note.no_reference_row", columns=Name(part.name))
    reference = max(fitting, key=lambda group: part.groups[group].decided)
    counts = part.groups[reference]
    if counts.size >= part.limits.group:
        return reference, ""
    names = {"group": Name(" × ".join(reference)), "units": part.naming.units}
    return reference, WORDS("note.small_reference", size=counts.size, **names)


def _fits(columns: Sequence[str], group: Group, named: Mapping[str, str]) -> bool:
    """Whether the group has the named value of each column, and any value where none is named."""
    pairs = zip(columns, group, strict=True)
    return all(value == named[column] if column in named else value != MISSING for column, value in pairs)
