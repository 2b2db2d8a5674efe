"""The commands that have members: `fairwitness keys`, `canary`, `judge`, `runs`, `policy`, `facts` and `cache`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairwitness.audit.cli import options as of

keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make the keys that runs are signed with.")
canary_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Make secrets to plant in training data, and the key to them."
)
judge_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Have people check what a judge said of a model's answers."
)
runs_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after the folders of runs.")
policy_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Work with policy files.")
facts_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Write down what only people know about a model."
)
cache_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look into the cache, or make it smaller.")


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


@canary_app.callback()
def _canary() -> None:
    """Make secrets to plant in training data, and the key to them."""


@canary_app.command("make")
def canary_make(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where canaries.key and canaries.jsonl are written.")],
    coins: Annotated[
        int, typer.Option(min=0, metavar="N", help="Secrets of one repeat, each in or out by a fair coin.")
    ] = 200,
    per_dose: Annotated[int, typer.Option("--per-dose", min=0, metavar="N", help="Secrets of each further dose.")] = 20,
    doses: Annotated[str, typer.Option(metavar="LIST", help="Those doses: repeats, between commas.")] = "2,4,8,16,32",
    formats: Annotated[
        str | None, typer.Option(metavar="LIST", help="Formats of the secrets, between commas. [default: all]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Make the same again. Whoever knows it knows the secrets.")
    ] = None,
) -> int:
    """Make secrets to mix into training data: the key file, which you alone can read, and the texts to mix in.

    The texts hold each planted secret as often as it is to be seen, in an order by chance. The key file says which
    secrets there are; the probe canaries takes it. It prints no secret.
    """
    from fairwitness.audit.cli.canary import make_canaries

    return make_canaries(folder, coins=coins, per_dose=per_dose, doses=doses, formats=formats, seed=seed)


@judge_app.callback()
def _judge() -> None:
    """Have people check what a judge said of a model's answers."""


@judge_app.command("sample")
def judge_sample(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that shows its texts.")],
    count: Annotated[int, typer.Option("-n", min=1, metavar="N", help="Answers of each kind of label.")] = 200,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The file to label: it shows what the model wrote.")
    ] = Path("labels.csv"),
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Draws others.")] = 0,
) -> int:
    """Draw answers of a run for people to label, and write a file for it that does not say what the judge said.

    As many answers are drawn of each verdict of the judge. Write 1 or 0 into the column label, leave empty what cannot
    be told, and run again with --labels FILE: rates are then made from these labels and from what the judge says of all
    answers. The run must show its texts (--show-secrets), and so does the file.
    """
    from fairwitness.audit.cli.judging import sample

    return sample(folder, count, out, seed)


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


@policy_app.callback()
def _policy() -> None:
    """Work with policy files."""


@policy_app.command("check")
def policy_check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Policy file. [default: Fairwitness's own]")
    ] = None,
) -> int:
    """Say whether a policy is valid, what it covers and which waivers hold."""
    from fairwitness.audit.cli.policies import check_policy

    return check_policy(file)


@policy_app.command("try")
def policy_try(
    file: Annotated[Path, typer.Argument(metavar="POLICY", help="Policy file, or `report-only`, or `default`.")],
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Run that rules look at which judge a change. [default: the one that RUN was compared with]",
        ),
    ] = None,
    as_json: of.Json = False,
) -> int:
    """Say what a policy would make of a finished run, and what differs from the run's own verdicts.

    Asks no model and writes nothing. Waivers are taken as of today. The exit code is the one that the run would have
    had.
    """
    from fairwitness.audit.cli.policies import try_policy

    return try_policy(file, folder, baseline=baseline, as_json=as_json)


@facts_app.command("new")
def facts_new(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; nothing is written over.")
    ] = Path("facts.toml"),
) -> int:
    """Write a facts file to fill in: what the model is for, its data, who answers for it."""
    from fairwitness.audit.cli.facts import new_facts

    return new_facts(out)


@facts_app.command("check")
def facts_check(file: Annotated[Path, typer.Argument(metavar="FILE", help="Facts file.")]) -> int:
    """Say whether a facts file is valid, and which facts are missing."""
    from fairwitness.audit.cli.facts import check_facts

    return check_facts(file)


@cache_app.command("info")
def cache_info() -> int:
    """Say where the cache is and what it holds."""
    from fairwitness.audit.cli.show import show_cache

    return show_cache()


@cache_app.command("prune")
def cache_prune(
    older_than: Annotated[
        float | None, typer.Option(min=0, metavar="DAYS", help="Only what was last used more than so many days ago.")
    ] = None,
) -> int:
    """Delete what the cache holds. Answers are asked again when they are needed."""
    from fairwitness.audit.cli.show import prune_cache

    return prune_cache(older_than)
