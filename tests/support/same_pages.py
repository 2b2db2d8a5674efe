"""Holds that a run of an object in memory gives the document and the page that the command line gives of its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fairwitness
from fairwitness.audit import cli
from fairwitness.audit.records import Audit, DataSource, Measured, Note, ProbeResult
from fairwitness.reports import html


def from_command_line(folder: Path, *arguments: str | Path) -> fairwitness.Report:
    """What `fairwitness run` with these arguments writes to a folder."""
    words = [str(argument) for argument in arguments]
    code = cli.invoke(["run", *words, "-o", str(folder), "--quiet", "--no-cache"])
    report = fairwitness.read(folder)
    assert code == report.exit_code
    return report


def hold_same(loaded: fairwitness.Report, named: fairwitness.Report, *, of_loading: tuple[Note, ...] = ()) -> None:
    """Both are equal but for the subject's name and fingerprint, the configuration, and what the run itself says.

    The configuration holds the line that repeats the run, and `run` the clock, the host and the counts of the cache.
    `of_loading` are notes that the command line alone has, since it read the file of the weights itself.

    A model in memory has no files beside it that say something of it (`card`). Of a DataFrame the place and the hash of
    the data are others too: a file of the same rows has bytes of its own.
    """
    expected = _renamed(loaded.audit, named.audit, of_loading)
    assert expected == named.audit
    assert html.render(expected) == (named.folder / "report.html").read_text(encoding="utf-8")


def _renamed(loaded: Audit, named: Audit, of_loading: tuple[Note, ...]) -> Audit:
    """The document of the object under the names of the other one."""
    ours, theirs = loaded.manifest, named.manifest
    spec, print_of = theirs.subject.spec, theirs.subject.fingerprint
    notes, card = (*ours.subject.notes, *of_loading), theirs.subject.card
    subject = replace(ours.subject, spec=spec, fingerprint=print_of, notes=notes, card=card)
    hashes: dict[str, str] = {}
    data: list[DataSource] = []
    for source, file in zip(ours.data, theirs.data, strict=True):
        in_memory = source.source.startswith("DataFrame")
        data.append(replace(source, source=file.source, sha256=file.sha256) if in_memory else source)
        hashes[source.sha256] = data[-1].sha256
    manifest = replace(ours, subject=subject, data=tuple(data), config=theirs.config, run=theirs.run)
    return replace(loaded, manifest=manifest, results=tuple(_of_data(result, hashes) for result in loaded.results))


def _of_data(result: ProbeResult, hashes: dict[str, str]) -> ProbeResult:
    """A result whose data have these hashes."""
    if not isinstance(result, Measured):
        return result
    return replace(result, sources=tuple(hashes[source] for source in result.sources))
