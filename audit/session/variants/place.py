"""The folder of a model's variants: their runs, the models that were made, comparisons, record and page."""

from __future__ import annotations

import json
from pathlib import Path

from fairwitness.audit import document, private
from fairwitness.audit.comparison.variant_set import KIND, VariantSet, to_json
from fairwitness.audit.errors import BadRun
from fairwitness.audit.session import comparing

RECORD, PAGE = "variants.json", "variants.html"
ORIGINAL, MODELS, COMPARISONS = "original", "models", "comparisons"


def check(out: Path) -> None:
    """Raises BadRun unless variants may be written here: nothing there, an empty folder, or variants of ours."""
    if not out.exists():
        return
    if not out.is_dir():
        raise BadRun(f"{out} is a file: name a folder with -o")
    if any(out.iterdir()) and not _ours(out / RECORD):
        raise BadRun(f"{out} is not empty and holds no variants: name another folder with -o, or empty it")


def _ours(path: Path) -> bool:
    try:
        return f'"{KIND}"' in path.read_text("utf-8")[:200]
    except (OSError, ValueError):
        return False


def begin(out: Path) -> None:
    """Makes the folder and marks it as one of variants, so that a run that was cut short can go on there."""
    with document.writing(out):
        private.make_folder(out)
    if not (out / RECORD).is_file():
        document.write_file(out / RECORD, json.dumps({"kind": KIND, "status": "incomplete"}) + "\n")


def saved(made: VariantSet, out: Path, language: str = "en") -> list[Path]:
    """Writes comparisons, record and page, and gives the places of record and page. Raises BadRun, CannotWrite."""
    from fairwitness.reports.variants import page

    for variant in made.variants:
        comparing.save(variant.comparison, out / COMPARISONS / variant.name, ("html",), language)
    document.write_file(out / PAGE, page.render(made, language))
    document.write_file(out / RECORD, document.dump(to_json(made)))
    return [out / RECORD, out / PAGE]
