"""`fairwitness mitigate`: reference mitigations of tables and models, to see what can be gained and at what price."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from fairwitness.audit.cli import options as of

mitigate_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Try a mitigation, to see what is possible. A reference, not a product.",
)

File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="A table: CSV, TSV, JSON or Parquet.")]
Outcomes: TypeAlias = Annotated[str, typer.Option("--label", metavar="COLUMN", help="Column of true outcomes.")]
Groups: TypeAlias = Annotated[
    list[str], typer.Option("--group", metavar="COLUMN", help="Column of groups; where repeated, each crossing is one.")
]
Table: TypeAlias = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The CSV file to write.")]
Spec: TypeAlias = Annotated[str, typer.Argument(metavar="MODEL", help="A language model, named as in `run`.")]
Out: TypeAlias = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="Where both audits and their comparison go.")
]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]


@mitigate_app.callback()
def _mitigate() -> None:
    """Try a mitigation, to see what is possible. A reference, not a product."""


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
    policy: of.Policy = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where files, audits and comparison go.")
    ] = Path("mitigated"),
    overwrite: Overwrite = False,
) -> int:
    """Decide by a threshold of its own for each group, with fairlearn.

    Fits on one half of the rows and audits the other half twice, with the decisions as they are (before.csv) and by
    the thresholds (after.csv). Ends with one line of what was gained and lost, and a picture. Constraints:
    demographic_parity, equalized_odds, true_positive_rate_parity, false_positive_rate_parity,
    false_negative_rate_parity, true_negative_rate_parity. To use a person's group in a decision can itself be unlawful.
    """
    from fairwitness.audit.cli.mitigations import Wanted, run_thresholds

    return run_thresholds(Wanted(**context.params))


@mitigate_app.command()
def reweigh(
    file: File,
    label: Outcomes,
    group: Groups,
    estimator: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Train this model with and without the weights, and compare: logistic_regression, decision_tree or "
            "random_forest of scikit-learn.",
        ),
    ] = None,
    feature: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column that the model is trained on; may be repeated. [default: all but outcome, groups and id]",
        ),
    ] = None,
    id: of.Id = None,
    unit: of.Unit = None,
    favourable: of.Favourable = None,
    favourable_name: of.FavourableName = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of the halves and of the training.")] = 0,
    policy: of.Policy = None,
    out: Table = Path("reweighed.csv"),
    overwrite: Overwrite = False,
) -> int:
    """Give each row a weight so that all groups have the same base rate.

    Writes the table with a column `weight`: P(group) P(outcome) / P(group, outcome), after Kamiran and Calders (2012).
    Train a model with these weights, and audit it: --estimator does it on one half of the rows, audits the decisions on
    the other half without and with weights into a folder called like the file, and ends with one line and a picture.
    """
    from fairwitness.audit.cli.mitigations import run_reweigh
    from fairwitness.audit.cli.reweighed_models import Training

    training = None
    if estimator is not None:
        training = Training(
            estimator=estimator,
            features=tuple(feature or ()),
            seed=seed,
            id=id,
            unit=unit,
            favourable=favourable,
            favourable_name=favourable_name,
            policy=policy,
            out=out.with_suffix(""),
        )
    return run_reweigh(file, label, group, out, overwrite, unit or "rows", training)


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


@mitigate_app.command()
@of.asking()
def prompt(
    context: typer.Context,
    model: Spec,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="What stands before every prompt and context.")],
    out: Out = Path("mitigated"),
    **asked: Any,
) -> int:
    """Put a prefix before all that a causal model is asked, and compare.

    The same items are asked without and with it. Without -p it is asked for pronouns beside occupations (gender), whom
    it writes of (mentions) and how well it knows texts (known_texts), which is what the prefix may cost.
    """
    from fairwitness.audit.cli.language_mitigations import WRITING, run_prompt

    values = {**context.params, "probes": asked["probes"] or list(WRITING)}
    return run_prompt(values, prefix, out)


@mitigate_app.command()
@of.asking()
def decoding(
    context: typer.Context,
    model: Spec,
    forbid: Annotated[
        list[str], typer.Option("--forbid", metavar="WORD", help="A word that is never written; may be repeated.")
    ],
    out: Out = Path("mitigated"),
    **asked: Any,
) -> int:
    """Forbid words to a causal model that writes, and compare.

    The token that would complete a forbidden word is never chosen. What the model finds probable stays as it is, so
    only probes of what it writes can change: without -p whom it writes of (mentions), beside how well it knows texts.
    """
    from fairwitness.audit.cli.language_mitigations import WRITTEN, run_decoding

    values = {**context.params, "probes": asked["probes"] or list(WRITTEN)}
    return run_decoding(values, forbid, out)


@mitigate_app.command()
@of.asking(without="dtype")
def finetune(
    context: typer.Context,
    model: Spec,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table of English texts to train on.")],
    text: Annotated[str, typer.Option(metavar="COLUMN", help="Column of texts.")] = "text",
    names: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Pairs of given names to swap too: a table with columns female and male."),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Training steps of each copy.")] = 100,
    batch: Annotated[int, typer.Option(min=1, metavar="N", help="Texts of a step.")] = 8,
    rate: Annotated[float, typer.Option(min=1e-9, max=1, metavar="R", help="Learning rate.")] = 5e-5,
    out: Out = Path("mitigated"),
    overwrite: Overwrite = False,
    **asked: Any,
) -> int:
    """Fine-tune two copies of a small model, on texts and on texts with counterfactuals, and compare.

    Both copies take the same steps from the same start (DIR/models/before and after), so that what differs is the
    training set and not the training. The counterfactuals are those of `mitigate augment`. Without -p both are asked
    for pronouns beside occupations (gender) and how well they know texts (known_texts).
    """
    from fairwitness.audit.cli.language_mitigations import EXPECTING, Texts, run_finetune

    values = {**context.params, "probes": asked["probes"] or list(EXPECTING)}
    texts = Texts(file, text, names, steps=steps, batch=batch, rate=rate, overwrite=overwrite)
    return run_finetune(values, texts, out)
