"""`fairwitness compare`: two run folders in, what changed beyond noise out."""

from __future__ import annotations

import shutil
from pathlib import Path

from fairwitness.audit import document, outcomes, private
from fairwitness.audit.cli.terminal import coloured, draw, draw_json, say, tell
from fairwitness.audit.errors import BadOption, BadRun, nearest

RECORD = "comparison.json"


def compare_command(
    base: Path,
    new: Path,
    *,
    out: Path | None,
    formats: str | None,
    margin: float | None,
    other_data: bool,
    as_json: bool,
    exit_zero: bool,
) -> int:
    """Compares, prints, writes where a folder is named, and gives the exit code."""
    wanted = _formats(formats, out)
    if _same(base, new):
        raise BadRun(f"BASE and NEW are the same folder: {base}")
    _check_folder(out)
    ours, theirs = (document.with_items(document.read(folder), folder) for folder in (base, new))
    from fairwitness.audit import comparison
    from fairwitness.reports.comparison import FORMATS, terminal

    compared = comparison.compare(ours, theirs, names=(str(base), str(new)), margin=margin, other_data=other_data)
    record = document.dump(comparison.to_json(compared))
    written = []
    if out is not None:
        with document.writing(out):
            private.make_folder(out)
        document.write_file(out / RECORD, record)
        for name in wanted:
            file, render = FORMATS[name]
            document.write_file(out / file, render(compared))
            written.append(out / file)
    code = outcomes.exit_code(compared.exit_code, exit_zero=exit_zero)
    changed = "" if code == compared.exit_code else f" ({code} because of --exit-zero)"
    lines = [f"exit code {compared.exit_code}{changed}", *(f"page: {path}" for path in written)]
    if as_json:
        draw_json(record)
        tell(*lines)
        return code
    draw(terminal.render(compared, shutil.get_terminal_size((110, 24)).columns, coloured()) + "\n")
    say(*lines, *(() if written else ["-o DIR writes the whole comparison as a page"]))
    return code


def _formats(given: str | None, out: Path | None) -> list[str]:
    from fairwitness.reports.comparison import FORMATS

    if given is not None and out is None:
        raise BadOption("-f says what to write; say where with -o DIR")
    wanted = [name.strip() for name in (given or "html").split(",") if name.strip()]
    for name in wanted:
        if name not in FORMATS:
            raise BadOption(f"no format {name!r}{nearest(name, FORMATS)} (formats: {', '.join(FORMATS)})")
    return wanted


def _same(base: Path, new: Path) -> bool:
    """Whether both name one run, by its folder or by the document in it."""
    places = [path.resolve() for path in (base, new)]
    ours, theirs = (place.parent if place.name == document.AUDIT else place for place in places)
    return ours == theirs


def _check_folder(out: Path | None) -> None:
    """Raises BadRun unless a comparison may be written here: nothing there, an empty folder or a comparison."""
    if out is None or not out.exists():
        return
    if not out.is_dir():
        raise BadRun(f"{out} is a file: name a folder with -o")
    if any(out.iterdir()) and not (out / RECORD).is_file():
        raise BadRun(f"{out} is not empty and holds no comparison: name another folder with -o, or empty it")
