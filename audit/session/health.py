"""What is installed, what is missing, and what falls away without it: one check a line, none of which can raise."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal, TypeAlias

from fairwitness import __version__
from fairwitness.audit import cache, datasets, probe
from fairwitness.audit.accounting import HOW_DP_ACCOUNTING
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.audit.runner.data_binding import for_this_need

State: TypeAlias = Literal["ok", "yours", "missing", "warning"]
"""`yours`: what only a user has, and nobody can install."""
DISTRIBUTION = "fairwitness"
LIBRARIES: Mapping[str, str] = {
    "torch": "no language model can be loaded",
    "transformers": "no language model can be loaded",
    "evaluate": "metrics of the library evaluate",
    "shap": "explanations by SHAP",
    "lime": "explanations by LIME",
    "pandas": "tables, and reports as DataFrames",
    "pyarrow": "Parquet files, and rows kept beside the document",
    "gguf": ".gguf files",
    "accelerate": ".gguf files",
    "peft": "adapters",
    "torchao": "variants of 8 bits, and checkpoints that torchao quantised",
    "onnxruntime": ".onnx files",
    "scikit-learn": "fitted models over tables, and the mitigations",
    "skops": ".skops files",
    "fairlearn": "fitted thresholds (fairwitness mitigate)",
    "securesystemslib": "signed runs (fairwitness sign, verify)",
    "cryptography": "signed runs (fairwitness sign, verify)",
    "mlflow-skinny": "runs told to MLflow (report -f mlflow)",
    "opacus": "two accounts of a claim of differential privacy (privacy_claim)",
    "dp-accounting": "the third account of a claim of differential privacy (privacy_claim)",
    "presidio-analyzer": "shapes of personal data by Presidio (-O personal_data.shapes=presidio)",
    "spacy": "pipelines of spaCy that tag texts (spacy:NAME)",
    "httpx2": "models behind an endpoint (openai:MODEL@URL)",
    "pillow": "models of pictures, and pictures on a page",
    "datasketch": "near copies among documents told apart from distinct ones (extraction)",
}
"""What falls away without a library; without any other nothing works."""
UNNAMED: Mapping[str, str] = {"dp-accounting": HOW_DP_ACCOUNTING}
"""Libraries that no extra can name, and how to install each."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FULL_BELOW = 1e9
"""Bytes of free space below which a run may not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    area: str
    name: str
    state: State
    result: str
    """What is there, or why it is not."""
    without: str = ""
    """What falls away, where something does."""
    remedy: str = ""


def checks(cache_dir: Path) -> list[Check]:
    """Everything that was looked at, by area. A check that crashes is a warning that says so."""
    areas: dict[str, Callable[[], Iterable[Check]]] = {
        "program": program,
        "libraries": libraries,
        "probes": probes,
        "data": lambda: data(cache_dir),
        "cache": lambda: answers(cache_dir),
        "machine": machine,
        "tools": tools,
    }
    return [check for area, look in areas.items() for check in _guarded(area, look)]


def _guarded(area: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    try:
        return list(look())
    except Exception as error:  # a broken installation may break in any way, and is what this is for
        return [_warning(area, area, f"cannot be looked at: {type(error).__name__}: {error}")]


def program() -> Iterator[Check]:
    """Fairwitness itself and what it runs on."""
    yield Check(area="program", name="fairwitness", state="ok", result=__version__)
    yield Check(area="program", name="python", state="ok", result=f"{platform.python_version()} ({sys.executable})")
    yield Check(area="program", name="system", state="ok", result=platform.platform())


def libraries() -> Iterator[Check]:
    """Every library that the package names, those of its tests left out."""
    from packaging.requirements import Requirement

    for text in requires(DISTRIBUTION) or ():
        needed = Requirement(text)
        extra = _extra(str(needed.marker or ""))
        if extra != "test":
            yield _library(needed.name, str(needed.specifier), extra)
    for name, install in UNNAMED.items():
        check = _library(name, "", "")
        yield check if check.state == "ok" else replace(check, remedy=install)


def _extra(marker: str) -> str:
    _, _, rest = marker.partition("extra == ")
    return rest.strip("\"' ")


def _library(name: str, wanted: str, extra: str) -> Check:
    from packaging.specifiers import SpecifierSet

    without = LIBRARIES.get(name, "nothing works")
    install = f'pip install "fairwitness[{extra}]"' if extra else f'pip install "{name}{wanted}"'
    try:
        installed = version(name)
    except PackageNotFoundError:
        return Check(
            area="libraries", name=name, state="missing", result="not installed", without=without, remedy=install
        )
    if not SpecifierSet(wanted).contains(installed, prereleases=True):
        return _warning("libraries", name, f"{installed}, and {wanted} is needed", f'pip install "{name}{wanted}"')
    return Check(area="libraries", name=name, state="ok", result=installed)


def probes() -> Iterator[Check]:
    """How many probes there are, and which cannot be loaded."""
    yield Check(area="probes", name="installed", state="ok", result=f"{len(probe.registry())} probes")
    for name, why in probe.broken().items():
        yield _warning("probes", name, f"cannot be loaded: {why}", "look at the package that brings it")


def data(cache_dir: Path) -> Iterator[Check]:
    """The data sets that are here in one line, and each that is not with the probes that miss it."""
    users: dict[str, list[tuple[DataNeed, ProbeSpec]]] = {}
    for item in probe.registry().values():
        for need in item.spec.data:
            users.setdefault(need.name, []).append((need, item.spec))
    here = 0
    for name, taken in sorted(users.items()):
        (overview,) = datasets.overview([taken[0][0]], cache_dir)
        if overview.source:
            here += 1
            continue
        needed = sorted({spec.name for need, spec in taken if need.required})
        extra = sorted({spec.name for need, spec in taken if not need.required})
        without = [f"{', '.join(needed)} cannot be asked"] if needed else []
        without += [f"{', '.join(extra)} ask less"] if extra else []
        values = not taken[0][0].package and not taken[0][0].hub
        yield Check(
            area="data",
            name=name,
            state="yours" if values else "missing",
            result="only you have it" if values else "not here",
            without="; ".join(without),
            remedy=for_this_need(overview.how, taken[0][1], taken[0][0]),
        )
    yield Check(area="data", name="data sets", state="ok", result=f"{here} of {len(users)} are here")


def answers(cache_dir: Path) -> Iterator[Check]:
    """Where answers are kept, whether they can be, and how much room there is."""
    place = next(folder for folder in (cache_dir, *cache_dir.parents) if folder.exists())
    if not os.access(place, os.W_OK):
        yield _warning("cache", "folder", f"{cache_dir} cannot be written", "set FAIRWITNESS_CACHE_DIR to another")
        return
    entries = cache.info(cache_dir)
    size = sum(entry.size for entry in entries) / 1e6
    yield Check(area="cache", name="folder", state="ok", result=f"{cache_dir}: {len(entries)} entries, {size:.1f} MB")
    free = shutil.disk_usage(place).free
    if free < FULL_BELOW:
        yield _warning("cache", "free space", f"{free / 1e9:.2f} GB", "fairwitness cache prune, or another folder")
    else:
        yield Check(area="cache", name="free space", state="ok", result=f"{free / 1e9:.0f} GB")


def machine() -> Iterator[Check]:
    """Processors, threads and accelerators."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Check(area="machine", name="processors", state="ok", result=str(count))
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal() and int(threads) > count:
        yield _warning(
            "machine", "threads", f"OMP_NUM_THREADS={threads} on {count} processors", f"--threads {count}, or unset it"
        )
    else:
        text = f"OMP_NUM_THREADS={threads}" if threads else "as many as processors (--threads sets them)"
        yield Check(area="machine", name="threads", state="ok", result=text)
    yield Check(area="machine", name="accelerator", state="ok", result=_accelerator())


def _accelerator() -> str:
    try:
        from fairwitness.audit.huggingface.devices import accelerators
    except ImportError:
        return "unknown: torch is not installed"
    return ", ".join(accelerators()) or "none: models run on the processor"


def tools() -> Iterator[Check]:
    """Programs beside Python that something uses."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser:
        yield Check(area="tools", name="chromium", state="ok", result=browser)
    else:
        yield Check(
            area="tools",
            name="chromium",
            state="missing",
            result="not here",
            without="no PDF of the page (report -f pdf), and tests in a browser are skipped; runs and pages need none",
        )
    git = shutil.which("git")
    yield Check(
        area="tools",
        name="git",
        state="ok" if git else "missing",
        result=git or "not here",
        without="" if git else "the document does not say from which commit a run was made",
    )


def _warning(area: str, name: str, result: str, remedy: str = "") -> Check:
    return Check(area=area, name=name, state="warning", result=" ".join(result.split())[:300], remedy=remedy)
