"""The tests that are asked: two sets of texts each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Name, Table
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
NAME = "image_association"
PICTURES, TEXTS, OWN = (WORDS.data_need(name) for name in ("pictures", "image_texts", "own_texts"))
SETS = ("A", "B")


@dataclass(frozen=True, slots=True)
class TextTest:
    """Two sets of texts, each with what it is called."""

    name: str
    a_label: str
    b_label: str
    a: tuple[str, ...]
    b: tuple[str, ...]


def tests_asked(ctx: Context) -> tuple[list[TextTest], bool]:
    """The tests that are asked, and whether they are a user's own."""
    table = ctx.data[OWN.name if OWN.name in ctx.data else TEXTS.name]
    return tests_of(table), private(table.source)


def texts_of(tests: Sequence[TextTest]) -> tuple[str, ...]:
    """Every text of every test, once."""
    return tuple(dict.fromkeys(text for test in tests for text in (*test.a, *test.b)))


def tests_of(table: Table) -> list[TextTest]:
    """The tests of a table. Raises DoesNotApply where one has no text in a set, or a text in both."""
    sets: dict[str, dict[str, dict[str, None]]] = {}
    labels: dict[tuple[str, str], str] = {}
    for row, cells in enumerate(rows_of(table, OWN.columns), start=1):
        test, letter, label, text = (cell.strip() for cell in cells)
        if not (test and text) or letter.upper() not in SETS:
            raise WORDS.does_not_apply("absent.row", "data_unfit", row=row)
        sets.setdefault(test, {name: {} for name in SETS})[letter.upper()][text] = None
        labels.setdefault((test, letter.upper()), label or letter.upper())
    tests = [_test(name, both, labels) for name, both in sets.items()]
    if not tests:
        raise WORDS.does_not_apply("absent.no_test", "data_unfit")
    return tests


def _test(name: str, both: Mapping[str, Mapping[str, None]], labels: Mapping[tuple[str, str], str]) -> TextTest:
    a, b = (tuple(both[letter]) for letter in SETS)
    if not a or not b:
        raise WORDS.does_not_apply("absent.one_set", "data_unfit", test=Name(name))
    if set(a) & set(b):
        raise WORDS.does_not_apply("absent.both_sets", "data_unfit", test=Name(name))
    return TextTest(name, labels[name, "A"], labels[name, "B"], a, b)
