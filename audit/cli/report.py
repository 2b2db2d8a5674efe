"""`fairwitness report`: the outputs of a run drawn again from its document, without the model."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit import document, private
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.errors import BadData, BadOption, nearest
from fairwitness.audit.records import Audit
from fairwitness.reports import FORMATS, LANGUAGES

CARD = "card"
EVAL_RESULTS = Path(".eval_results") / "fairwitness.yaml"
"""Where the hub looks for results, beside a card."""


ELSEWHERE = {"pdf": LANGUAGES, "mlflow": LANGUAGES[:1]}
"""Outputs that another program makes, and their languages."""
KNOWN = (*FORMATS, *ELSEWHERE)


def draw_report(folder: Path, formats: str | None, language: str, card: Path | None = None) -> int:
    """Draws a run again from its document into its own folder; a card that is named takes our results in."""
    wanted = _wanted(formats or ("html" if card is None else CARD), language)
    audit = document.with_scores(document.read(folder), folder)
    if card is not None:
        _merge(audit, card)
    for name in wanted:
        if card is None or name != CARD:
            _draw(name, audit, folder, language)
    return 0


def _merge(audit: Audit, card: Path) -> None:
    """Puts our results into a card and beside it. Raises BadData where the card cannot take them, CannotWrite."""
    from fairwitness.reports.outputs import card_merge

    target = card.resolve()
    try:
        before = target.read_bytes().decode("utf-8") if target.exists() else None
        text = card_merge.fresh(audit) if before is None else card_merge.merged(audit, before)
    except (OSError, ValueError) as error:
        raise BadData(f"the card {card} cannot take results: {getattr(error, 'strerror', None) or error}") from error
    entries = target.parent / EVAL_RESULTS
    for path, content in ((target, text), (entries, card_merge.eval_results_yaml(audit))):
        mode = path.stat().st_mode & 0o777 if path.exists() else private.FILE_MODE
        with document.writing(path):
            private.make_folder(path.parent)
            document.write_file(path, content.encode("utf-8", "replace"))
            path.chmod(mode)
        say(path)


def _wanted(formats: str, language: str) -> list[str]:
    """The formats of a list of names. Raises BadOption."""
    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    if not wanted:
        raise BadOption(f"-f names no format (formats: {', '.join(KNOWN)})")
    for name in wanted:
        if name not in KNOWN:
            raise BadOption(f"no format {name!r}{nearest(name, KNOWN)} (formats: {', '.join(KNOWN)})")
        languages = FORMATS[name].languages if name in FORMATS else ELSEWHERE[name]
        if language not in languages:
            raise BadOption(f"{name} is not drawn in {language!r} (languages: {', '.join(languages)})")
    return wanted


def _draw(name: str, audit: Audit, folder: Path, language: str) -> None:
    if name == "pdf":
        from fairwitness.audit.cli.printing import print_page

        print_page(audit, folder, language)
        return
    if name == "mlflow":
        from fairwitness.audit.cli.tracking import log_run

        log_run(audit, folder)
        return
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
