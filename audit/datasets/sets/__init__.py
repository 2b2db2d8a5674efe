"""Readers of sets that are published as something else than one plain table: one module a set, named as its format.

A reader takes the published file or folder and gives columns; a cell that is missing or of another kind than the format
says is None, and whoever reads the table counts such rows. It raises BadData where nothing of the format is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from fairwitness.audit.datasets.sets import (
    advbench,
    bbq,
    bold,
    bug,
    canaries,
    claims,
    conll,
    do_not_answer,
    harmbench,
    holisticbias,
    honest,
    image_folder,
    jailbreaks,
    judge_answers,
    judge_labels,
    judge_metrics,
    privacy_claim,
    prompt_lines,
    rho_refusals,
    squad,
    stereoset,
    sycophancy,
    unqover,
    watermark_key,
    winobias,
    winogender,
)
from fairwitness.audit.datasets.tables import Columns

Reader: TypeAlias = Callable[[Path], Columns]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "advbench": advbench.read,
        "bbq": bbq.read,
        "bold": bold.read,
        "bug": bug.read,
        "canaries": canaries.read,
        "canary_receipt": canaries.read_receipt,
        "conll": conll.read,
        "do_not_answer": do_not_answer.read,
        "harmbench": harmbench.read,
        "factual_pairs": claims.read_pairs,
        "false_claims": claims.read_false,
        "holisticbias": holisticbias.read,
        "honest": honest.read,
        "images": image_folder.read,
        "judge_answers": judge_answers.read,
        "judge_labels": judge_labels.read,
        "judge_metrics": judge_metrics.read,
        "jailbreaks": jailbreaks.read,
        "privacy_claim": privacy_claim.read,
        "rho_benign": rho_refusals.read_benign,
        "rho_pairs": rho_refusals.read_pairs,
        "prompt_lines": prompt_lines.read,
        "squad": squad.read,
        "stereoset": stereoset.read,
        "sycophancy": sycophancy.read,
        "unqover": unqover.read,
        "watermark_key": watermark_key.read,
        "winobias": winobias.read,
        "winobias_plus": winobias.read_plus,
        "winogender": winogender.read,
    }
)
"""The reader of each `DataNeed.format`."""

HASHES: Mapping[str, Callable[[Path], str]] = MappingProxyType(
    {"watermark_key": watermark_key.sealed_hash, "images": image_folder.content_hash}
)
"""What stands for the hash of a file: of those whose bytes could be found by trying all, or that name others."""

OF_COLUMNS = frozenset({"judge_answers"})
"""Formats that are one table with the columns of the need, which the reader checks further."""

IN_FOLDERS = frozenset({"images"})
"""Formats of a folder with a table of the files beside it, which no table in memory can be."""
