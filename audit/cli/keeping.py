"""The commands `fairwitness keys` and `fairwitness runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make the keys that runs are signed with.")
runs_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after the folders of runs.")


@keys_app.callback()
def _keys() -> None:
    """Make the keys that runs are signed with."""


@keys_app.command("new")
def keys_new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The private key; FILE.pub becomes the public one.")],
) -> int:
    """Make a pair of Ed25519 keys: a private one that you alone can read, and a public one to hand out."""
    from fairwitness.audit.cli.signing import new_keys

    return new_keys(file)


@runs_app.callback()
def _runs() -> None:
    """Look after the folders of runs."""


@runs_app.command("prune")
def runs_prune(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder that holds the folders of the runs.")
    ] = Path("runs"),
    keep: Annotated[int | None, typer.Option(min=0, metavar="N", help="Delete all but the newest N.")] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Delete those started longer ago: 36h, 90d, 12w.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")] = False,
) -> int:
    """Delete old runs: finished ones that hold nothing but what a run writes. All else stays, and is named."""
    from fairwitness.audit.cli.runs import prune_runs

    return prune_runs(folder, keep, older_than, dry_run=dry_run)


@runs_app.command("trend")
def runs_trend(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder that holds the folders of the runs.")
    ] = Path("runs"),
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where to write. [default: that folder]")
    ] = None,
    language: Annotated[str, typer.Option("--lang", metavar="LANGUAGE", help="Language of the page: en, zh.")] = "en",
) -> int:
    """Draw every judged metric from run to run, oldest first: a small chart each, with interval and limit.

    Runs of another kind or family of model than the newest, and those that cannot be read, have a gap and are named.
    """
    from fairwitness.audit.cli.runs import trend_of_runs

    return trend_of_runs(folder, out, language)
