"""The Audit document in, text out. Needs no model and no torch.

`FORMATS` names every output that can be drawn again from a document alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairwitness.audit.records import Audit

ROWS = "report.tables"
"""The folder of files with the rows behind an audit."""
LANGUAGES = ("en", "zh")
"""What a page can be read in: the one that it is drawn in stands there without its script, the others by its switch."""


@dataclass(frozen=True, slots=True)
class Format:
    """An output: the files that it is written to, what each holds, and the languages that it can be drawn in."""

    files: tuple[str, ...]
    contents: Callable[[Audit, str], tuple[str | bytes, ...]]
    languages: tuple[str, ...] = ("en",)
    folder: str = ""
    """The folder of further files, whose number and names depend on the audit."""
    inside: Callable[[Audit], Mapping[str, str | bytes]] | None = None
    """Those files by their names, the folder among them. They hold the rows of the run, so the audit must."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it can take in the folder of a run."""
        return (*self.files, self.folder) if self.folder else self.files

    def draw(self, audit: Audit, language: str = "en") -> dict[str, str | bytes]:
        """The content of each file by its name."""
        drawn = dict(zip(self.files, self.contents(audit, language), strict=True))
        return {**drawn, **(self.inside(audit) if self.inside else {})}


def _html(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports import html

    return (html.render(audit, language=language),)


def _markdown(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports import markdown

    return (markdown.render(audit),)


def _junit(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports.outputs import junit

    return (junit.render(audit),)


def _csv(audit: Audit, language: str) -> tuple[str, str]:
    from fairwitness.reports.outputs import csv

    return csv.render(audit)


def _csv_rows(audit: Audit) -> dict[str, str]:
    from fairwitness.reports.outputs import csv

    return csv.behind(audit)


def _parquet_rows(audit: Audit) -> dict[str, bytes]:
    from fairwitness.reports.outputs import parquet

    return parquet.behind(audit)


def _parquet(audit: Audit, language: str) -> tuple[bytes, bytes]:
    from fairwitness.reports.outputs import parquet

    return parquet.render(audit)


def _github(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports.outputs import github

    return (github.summary(audit),)


def _comment(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports.outputs import github

    return (github.comment(audit),)


def _sarif(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports.outputs import sarif

    return (sarif.render(audit),)


def _card(audit: Audit, language: str) -> tuple[str, str]:
    from fairwitness.reports.outputs import card_merge

    return card_merge.fresh(audit), card_merge.eval_results_yaml(audit)


def _cyclonedx(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports.outputs import cyclonedx

    return (cyclonedx.render(audit),)


def _gitlab(audit: Audit, language: str) -> tuple[str]:
    from fairwitness.reports.outputs import gitlab

    return (gitlab.render(audit),)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "html": Format(("report.html",), _html, LANGUAGES),
        "md": Format(("report.md",), _markdown),
        "junit": Format(("report.junit.xml",), _junit),
        "csv": Format(("report.metrics.csv", "report.verdicts.csv"), _csv, folder=ROWS, inside=_csv_rows),
        "parquet": Format(
            ("report.metrics.parquet", "report.verdicts.parquet"), _parquet, folder=ROWS, inside=_parquet_rows
        ),
        "card": Format(("report.card.md", "report.eval_results.yaml"), _card),
        "cyclonedx": Format(("report.cdx.json",), _cyclonedx),
        "github": Format(("report.github.md",), _github),
        "comment": Format(("report.comment.md",), _comment),
        "sarif": Format(("report.sarif",), _sarif),
        "gitlab": Format(("report.gitlab.json",), _gitlab),
    }
)
"""Every format by its name. Names of files begin with `report.`: a run takes those of an earlier one away."""
PRINTED = "report.pdf"
"""The page as Chromium prints it, which no document gives alone."""
NAMES: tuple[str, ...] = tuple(
    dict.fromkeys([*(name for output in FORMATS.values() for name in output.names), PRINTED])
)
"""Every name that an output can have in the folder of a run."""
