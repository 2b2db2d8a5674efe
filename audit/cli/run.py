"""`fairwitness run`: a command line read into settings, and what came of the run shown."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from fairwitness.audit import config as settings
from fairwitness.audit import document, outcomes
from fairwitness.audit.cli.terminal import Screen, coloured, draw, draw_json, say, tell
from fairwitness.audit.config import Given
from fairwitness.audit.errors import BadOption, FairwitnessError, MissingOption
from fairwitness.audit.records import Audit, NotApplicable, PolicyInfo
from fairwitness.audit.session import proposal
from fairwitness.audit.session.job import Job, claimed, prepare
from fairwitness.audit.session.run import PAGE, outlived, perform, preflight

SETTINGS_FILE = Path("fairwitness.toml")


def run_command(parameters: Mapping[str, Any]) -> int:
    """Runs or, with --dry-run, plans an audit; gives the exit code.

    Raises MissingOption with the columns of the table and a command that would work, where one is found.
    """
    try:
        return _run_command(parameters)
    except MissingOption as mistake:
        mistake.hints = _hints(parameters)
        raise


def _hints(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What could be named where an option is missing: the columns, and the first proposal that passes the checks."""
    config = settings.resolve(gather(parameters))
    columns = proposal.seen(config)
    if not columns:
        return ()
    hints = (f"columns: {columns}",)
    for more in proposal.proposed(config):
        try:
            job = prepare(gather({**parameters, **more}))
            preflight(job)
        except FairwitnessError:
            continue
        names = ", ".join(f"--{key}" for key in more)
        return (*hints, f"proposed, with {names} guessed from names and values, so check them:", f"  {job.repeats}")
    return hints


def _run_command(parameters: Mapping[str, Any]) -> int:
    job = prepare(gather(parameters))
    with Screen(quiet=job.config.quiet, verbose=job.config.verbose) as screen:
        for note in job.selection.notes:
            screen.hint(note)
        if job.config.dry_run:
            from fairwitness.audit.cli.dry import show_plan

            return show_plan(job)
        job = claimed(job)
        try:
            audit = perform(job, screen)
        except KeyboardInterrupt:
            tell("interrupted: finished answers are kept, and this line goes on:", f"  {job.repeats}")
            return 130
        finally:
            if job.config.out is None:
                with suppress(OSError):
                    job.folder.rmdir()  # goes only where nothing was written
    show(_showing(job, audit), audit)
    return outcomes.exit_code(audit.exit_code, exit_zero=job.config.exit_zero)


def _showing(job: Job, audit: Audit) -> Showing:
    return Showing(
        folder=job.folder,
        policy=job.policy_info,
        repeats=job.repeats if audit.baseline is None else settings.pinned(job.repeats, audit.baseline.folder),
        as_json=job.config.as_json,
        exit_zero=job.config.exit_zero,
        quiet=job.config.quiet,
        left=outlived(job, audit),
    )


def gather(parameters: Mapping[str, Any]) -> Given:
    """What the command line, the environment and the settings file say."""
    empty = next((key for key, value in parameters.items() if value == "" or (_is_list(value) and "" in value)), None)
    if empty is not None:
        raise BadOption(f"--{empty.replace('_', '-')}: it must not be empty")
    named = {key: value for key, value in parameters.items() if value or (value == 0 and value is not False)}
    asked = "config" in named
    file = named.pop("config", SETTINGS_FILE if SETTINGS_FILE.is_file() else None)
    if "as_json" in named:
        named["json"] = named.pop("as_json")
    if "option" in named:
        named["probe"] = settings.options_from(list(named.pop("option")))
    return settings.gather(file, named, named=asked)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How a finished run is shown: where it lies, what judged it, what repeats it, and in which form."""

    folder: Path
    policy: PolicyInfo
    repeats: str
    as_json: bool = False
    exit_zero: bool = False
    quiet: bool = False
    left: bool = False
    """Whether the folder keeps an earlier run."""


def show(showing: Showing, audit: Audit) -> None:
    """Prints the summary and how to repeat the run; with --quiet without the table, with --json the document alone."""
    code = outcomes.exit_code(audit.exit_code, exit_zero=showing.exit_zero)
    changed = "" if code == audit.exit_code else f" ({code} because of --exit-zero)"
    outcome = f"{audit.outcome.replace('_', ' ')}, exit code {audit.exit_code}{changed}"
    folder = showing.folder
    lines = [
        f"verdict: {outcome}; {outcomes.gate_summary(audit.verdicts)}",
        f"policy:  {showing.policy.path}, sha256 {showing.policy.sha256[:12]}",
        f"report:  {f'none; {folder} keeps the run that it held' if showing.left else folder / PAGE}",
        f"repeat:  {showing.repeats}",
    ]
    if audit.exit_code == 130:
        lines.append("interrupted: finished answers are kept, and the line above goes on")
    if cut_off := _cut_off(audit):
        names = ", ".join(cut_off)
        lines.append(f"budget:  it ended before {names} was measured; the line above goes on with what the cache has")
    if showing.as_json:
        draw_json(document.dump(document.to_json(audit)))
        if not showing.quiet:
            tell(*lines)
        return
    from fairwitness.reports import terminal

    width = shutil.get_terminal_size((100, 24)).columns
    draw(terminal.render(audit, width, coloured(), brief=showing.quiet) + "\n")
    say(*lines)


def _cut_off(audit: Audit) -> list[str]:
    """The probes that the budget of the run cut off."""
    return [
        result.probe.name
        for result in audit.results
        if isinstance(result, NotApplicable) and result.code == "budget_spent"
    ]
