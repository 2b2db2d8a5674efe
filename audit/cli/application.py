"""The command itself: its name, the groups of commands within it, and its version."""

from __future__ import annotations

from typing import Annotated

import typer

from fairwitness import __version__
from fairwitness.audit.cli.keeping import cache_app, canary_app, facts_app, judge_app, keys_app, policy_app, runs_app
from fairwitness.audit.cli.mitigate import mitigate_app
from fairwitness.audit.cli.terminal import say

app = typer.Typer(
    name="fairwitness",
    help="Audits language models and tables of decisions, and shows the evidence behind every verdict.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(policy_app, name="policy")
app.add_typer(facts_app, name="facts")
app.add_typer(cache_app, name="cache")
app.add_typer(mitigate_app, name="mitigate")
app.add_typer(keys_app, name="keys")
app.add_typer(runs_app, name="runs")
app.add_typer(canary_app, name="canary")
app.add_typer(judge_app, name="judge")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"fairwitness {__version__}")
        raise typer.Exit


@app.callback()
def fairwitness(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Audits language models and tables of decisions, and shows the evidence behind every verdict."""
