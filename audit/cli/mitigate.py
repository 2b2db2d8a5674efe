"""`fairwitness mitigate`: reference mitigations, to see what can be gained on a table and at what price."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from fairwitness.audit.cli import options as of

mitigate_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Try a mitigation on a table, to see what is possible. A reference, not a product.",
)

File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="A table: CSV, TSV, JSON or Parquet.")]
Outcomes: TypeAlias = Annotated[str, typer.Option("--label", metavar="COLUMN", help="Column of true outcomes.")]
Groups: TypeAlias = Annotated[
    list[str], typer.Option("--group", metavar="COLUMN", help="Column of groups; where repeated, each crossing is one.")
]
Table: TypeAlias = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The CSV file to write.")]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]


@mitigate_app.callback()
def _mitigate() -> None:
    """Try a mitigation on a table, to see what is possible. A reference, not a product."""


@mitigate_app.command()
def thresholds(
    context: typer.Context,
    file: File,
    label: Outcomes,
    prediction: Annotated[str, typer.Option(metavar="COLUMN", help="Column of the decisions as they are now.")],
    score: Annotated[str, typer.Option(metavar="COLUMN", help="Column of scores from 0 to 1.")],
    group: Groups,
    id: of.Id = None,
    unit: of.Unit = None,
    favourable: of.Favourable = None,
    favourable_name: of.FavourableName = None,
    constraint: Annotated[
        str, typer.Option(metavar="NAME", help="What is made equal between groups.")
    ] = "demographic_parity",
    objective: Annotated[
        str,
        typer.Option(metavar="NAME", help="What stays high: accuracy_score or balanced_accuracy_score."),
    ] = "accuracy_score",
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of the halves and of lots.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where both files go.")] = Path("mitigated"),
    overwrite: Overwrite = False,
) -> int:
    """Decide by a threshold of its own for each group, with fairlearn.

    Fits on one half of the rows and writes the other half twice, with the decisions as they are (before.csv) and by
    the thresholds (after.csv), and prints the lines that audit and compare both. Constraints: demographic_parity,
    equalized_odds, true_positive_rate_parity, false_positive_rate_parity, false_negative_rate_parity,
    true_negative_rate_parity. To use a person's group in a decision can itself be unlawful.
    """
    from fairwitness.audit.cli.mitigations import Wanted, run_thresholds

    return run_thresholds(Wanted(**context.params))


@mitigate_app.command()
def reweigh(
    file: File,
    label: Outcomes,
    group: Groups,
    unit: of.Unit = None,
    out: Table = Path("reweighed.csv"),
    overwrite: Overwrite = False,
) -> int:
    """Give each row a weight so that all groups have the same base rate.

    Writes the table with a column `weight`: P(group) P(outcome) / P(group, outcome), after Kamiran and Calders (2012).
    Train a model with these weights, and audit it.
    """
    from fairwitness.audit.cli.mitigations import run_reweigh

    return run_reweigh(file, label, group, out, overwrite, unit or "rows")


@mitigate_app.command()
def augment(
    file: File,
    text: Annotated[str, typer.Option(metavar="COLUMN", help="Column of English texts.")] = "text",
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="COLUMN", help="Column such as female/male, swapped with the text."),
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Pairs of given names to swap too: a table with columns female and male."),
    ] = None,
    out: Table = Path("augmented.csv"),
    overwrite: Overwrite = False,
) -> int:
    """Add to each English text its counterfactual, in which women are men and men are women.

    Labels stay; the columns `pair` and `version` say which rows belong together. A text in which "her" or "his" has two
    readings gets none, and is counted.
    """
    from fairwitness.audit.cli.mitigations import run_augment

    return run_augment(file, text, tuple(group or ()), names, out, overwrite)
