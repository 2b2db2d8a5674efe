"""Reference variants on disk: made whole or not at all, and found again by what they were made from."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fairwitness.audit import document, private
from fairwitness.audit.compression import Made, Recipe
from fairwitness.audit.errors import CannotWrite, FairwitnessError
from fairwitness.audit.subject import Subject

HOW = "variant.json"
"""What a variant was made from and how, beside its weights."""
FULL = ("No space left", "os error 28", "Disk quota")


def made_variant(subject: Subject, recipe: Recipe, folder: Path) -> tuple[Made, bool]:
    """The variant in this folder, and whether it was there already: of this model, by this recipe, whole.

    Raises CannotWrite where the disk is full; whatever was made before stays.
    """
    known = _known(subject, recipe, folder)
    if known is not None:
        return known, True
    from fairwitness.audit.huggingface import compressed

    with document.writing(folder):
        private.make_folder(folder.parent)
        draft = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        made = compressed.compress(subject, recipe, draft)
        record = {"original": subject.info.fingerprint, **asdict(made)}
        document.write_file(draft / HOW, json.dumps(record, indent=1) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    except FairwitnessError:
        raise
    except Exception as error:  # a full disk is told in many ways by what writes weights
        if not _is_full(error):
            raise
        raise CannotWrite(f"the variant {recipe.spelled} cannot be written to {folder}: the disk is full") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made, False


def _is_full(error: Exception) -> bool:
    known = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return known or any(sign in str(error) for sign in FULL)


def _known(subject: Subject, recipe: Recipe, folder: Path) -> Made | None:
    """The record of a variant that lies here, where model, recipe and libraries are the same and its weights whole."""
    from fairwitness.audit.huggingface import compressed

    try:
        record: dict[str, Any] = json.loads((folder / HOW).read_text("utf-8"))
        original = record.pop("original")
        made = Made(**{**record, "changed": tuple(record["changed"])})
        whole = compressed.hash_of(folder / compressed.WEIGHTS) == made.sha256
    except (OSError, ValueError, TypeError, KeyError):
        return None
    same = original == subject.info.fingerprint and made.recipe == recipe.spelled and _same(made.libraries)
    return made if same and whole else None


def _same(libraries: Mapping[str, str]) -> bool:
    """Whether the libraries that made it are those that are installed."""
    try:
        return all(version(name) == number for name, number in libraries.items())
    except PackageNotFoundError:
        return False
