"""`fairwitness import`: a log of another harness in, the document and the page out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fairwitness.audit import config as settings
from fairwitness.audit import outcomes
from fairwitness.audit.cli.run import Showing, gather, show
from fairwitness.audit.cli.terminal import Screen, tell
from fairwitness.audit.errors import BadOption
from fairwitness.audit.policy import REPORT_ONLY
from fairwitness.audit.session.importing import Wanted, claimed, perform, prepare


def _policy_of_settings() -> Path | None:
    """The policy that environment or fairwitness.toml name for runs: it judges logs too."""
    given = gather({})
    policy = settings.resolve(replace(given, file={"policy": given.file.get("policy")})).policy
    if policy is not None:
        tell(f"policy: {policy}, as the settings here say; --policy names another")
    return policy


def import_command(
    log: Path,
    *,
    policy: Path | None,
    cluster: str | None,
    category: str | None,
    out: Path | None,
    as_json: bool,
    exit_zero: bool,
    show_secrets: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Reads the log, writes the folder, prints the summary and gives the exit code."""
    for name, field in (("cluster", cluster), ("category", category)):
        if field is not None and not field.strip():
            raise BadOption(f"--{name}: it must not be empty")
    if quiet and verbose:
        raise BadOption("--quiet and --verbose exclude each other")
    wanted = Wanted(
        log=log,
        policy=policy or _policy_of_settings() or Path(REPORT_ONLY),
        out=out,
        cluster=cluster,
        category=category,
        show_secrets=show_secrets,
    )
    ready = claimed(prepare(wanted))
    with Screen(quiet=quiet, verbose=verbose) as screen:
        audit = perform(ready, screen)
    showing = Showing(
        folder=ready.folder,
        policy=ready.policy_info,
        repeats=wanted.command(),
        as_json=as_json,
        exit_zero=exit_zero,
        quiet=quiet,
    )
    show(showing, audit)
    return outcomes.exit_code(audit.exit_code, exit_zero=exit_zero)
