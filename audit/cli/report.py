"""`fairwitness report`: the outputs of a run drawn again from its document, without the model."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit import document, private
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.records import Audit
from fairwitness.reports import FORMATS


def draw_report(folder: Path, formats: str, language: str) -> int:
    """Draws a run again from its document into its own folder."""
    wanted = _wanted(formats, language)
    audit = document.with_scores(document.read(folder), folder)
    for name in wanted:
        _draw(name, audit, folder, language)
    return 0


def _wanted(formats: str, language: str) -> list[str]:
    """The formats of a list of names. Raises BadOption."""
    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    if not wanted:
        raise BadOption(f"-f names no format (formats: {', '.join(FORMATS)})")
    for name in wanted:
        if name not in FORMATS:
            raise BadOption(f"no format {name!r}{nearest(name, FORMATS)} (formats: {', '.join(FORMATS)})")
        if language not in FORMATS[name].languages:
            raise BadOption(f"{name} is not drawn in {language!r} (languages: {', '.join(FORMATS[name].languages)})")
    return wanted


def _draw(name: str, audit: Audit, folder: Path, language: str) -> None:
    output = FORMATS[name]
    if name == "github":
        from fairwitness.audit.cli.github import show_on_github

        show_on_github(audit, folder)
        return
    if output.inside is not None:
        audit = document.with_items(document.with_evidence(audit, folder), folder)
    with document.writing(folder):
        for file, content in output.draw(audit, language).items():
            private.make_folder((folder / file).parent)
            document.write_file(folder / file, content)
            if file in output.files:
                say(folder / file)
    if output.folder and (folder / output.folder).is_dir():
        say(folder / output.folder)
