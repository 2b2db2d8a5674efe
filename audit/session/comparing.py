"""Finished runs side by side, and the folder of their comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from fairwitness.audit import comparison, document, private
from fairwitness.audit.comparison import Comparison
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit

RECORD = "comparison.json"
Finished: TypeAlias = tuple[Path, Audit]
"""A run by its folder, or the document in it, and what it holds."""


def read(folder: Path) -> Finished:
    """A finished run. Raises BadRun where there is none, or one that nobody can read."""
    return folder, document.read(folder)


def compared(
    base: Sequence[Finished],
    new: Sequence[Finished],
    *,
    margin: float | None = None,
    min_effect: float | None = None,
    other_data: bool = False,
) -> Comparison:
    """Two runs, or two sets of several, compared.

    Raises BadRun where nothing can be compared or a run stands there twice, ValueError for a margin of 0 or less.
    """
    places = [home(folder) for folder, _ in (*base, *new)]
    if len(base) == len(new) == 1 and places[0] == places[1]:
        raise BadRun(f"BASE and NEW are the same folder: {base[0][0]}")
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise BadRun(f"the same run stands there twice: {twice}")
    ours, theirs = ([document.with_items(audit, folder) for folder, audit in side] for side in (base, new))
    names = ([str(folder) for folder, _ in base], [str(folder) for folder, _ in new])
    if len(base) == len(new) == 1:
        pair = (names[0][0], names[1][0])
        return comparison.compare(
            ours[0], theirs[0], names=pair, margin=margin, min_effect=min_effect, other_data=other_data
        )
    return comparison.compare_several(
        ours, theirs, names=names, margin=margin, min_effect=min_effect, other_data=other_data
    )


def home(folder: Path) -> Path:
    """The folder of a run, whether it or the document in it was named."""
    place = folder.resolve()
    return place.parent if place.name == document.AUDIT else place


def check_target(target: Path) -> None:
    """Raises BadRun unless a comparison may be written here: nothing there, an empty folder or a comparison."""
    if not target.exists():
        return
    if not target.is_dir():
        raise BadRun(f"{target} is a file: name a folder with -o")
    if any(target.iterdir()) and not (target / RECORD).is_file():
        raise BadRun(f"{target} is not empty and holds no comparison: name another folder with -o, or empty it")


def drawn(made: Comparison, formats: Sequence[str] = ("html",), language: str = "en") -> dict[str, str]:
    """Record and outputs of a comparison by their file names."""
    from fairwitness.reports.comparison import FORMATS

    texts = {RECORD: document.dump(comparison.to_json(made))}
    for name in formats:
        file, render = FORMATS[name]
        texts[file] = render(made, language)
    return texts


def save(made: Comparison, target: Path, formats: Sequence[str] = ("html",), language: str = "en") -> list[Path]:
    """Writes record and outputs, and gives the places of the outputs. Raises BadRun, CannotWrite."""
    check_target(target)
    texts = drawn(made, formats, language)
    with document.writing(target):
        private.make_folder(target)
    for name, text in texts.items():
        document.write_file(target / name, text)
    return [target / name for name in texts if name != RECORD]
