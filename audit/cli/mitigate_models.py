"""`fairwitness mitigate prompt|decoding|finetune`: mitigations of language models, measured before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from fairwitness.audit.cli import options as of
from fairwitness.audit.cli.mitigate import mitigate_app

Spec: TypeAlias = Annotated[str, typer.Argument(metavar="MODEL", help="A language model, named as in `run`.")]
Out: TypeAlias = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="Where both audits and their comparison go.")
]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]


@mitigate_app.command()
def prompt(
    context: typer.Context,
    model: Spec,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="What stands before every prompt and context.")],
    probes: of.Probes = None,
    option: of.ProbeOption = None,
    data: of.Data = None,
    policy: of.Policy = None,
    limit: of.Limit = None,
    seed: of.Seed = None,
    device: of.Device = None,
    dtype: of.DType = None,
    threads: of.Threads = None,
    offline: of.Offline = False,
    out: Out = Path("mitigated"),
) -> int:
    """Put a prefix before all that a causal model is asked, and compare.

    The same items are asked without and with it. Without -p it is asked for pronouns beside occupations (gender), whom
    it writes of (mentions) and how well it knows texts (known_texts), which is what the prefix may cost.
    """
    from fairwitness.audit.cli.language_mitigations import WRITING, run_prompt

    values = {**context.params, "probes": probes or list(WRITING)}
    return run_prompt(values, prefix, out)


@mitigate_app.command()
def decoding(
    context: typer.Context,
    model: Spec,
    forbid: Annotated[
        list[str], typer.Option("--forbid", metavar="WORD", help="A word that is never written; may be repeated.")
    ],
    probes: of.Probes = None,
    option: of.ProbeOption = None,
    data: of.Data = None,
    policy: of.Policy = None,
    limit: of.Limit = None,
    seed: of.Seed = None,
    device: of.Device = None,
    dtype: of.DType = None,
    threads: of.Threads = None,
    offline: of.Offline = False,
    out: Out = Path("mitigated"),
) -> int:
    """Forbid words to a causal model that writes, and compare.

    The token that would complete a forbidden word is never chosen. What the model finds probable stays as it is, so
    only probes of what it writes can change: without -p whom it writes of (mentions), beside how well it knows texts.
    """
    from fairwitness.audit.cli.language_mitigations import WRITTEN, run_decoding

    values = {**context.params, "probes": probes or list(WRITTEN)}
    return run_decoding(values, forbid, out)


@mitigate_app.command()
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
    probes: of.Probes = None,
    option: of.ProbeOption = None,
    data: of.Data = None,
    policy: of.Policy = None,
    limit: of.Limit = None,
    seed: of.Seed = None,
    device: of.Device = None,
    threads: of.Threads = None,
    offline: of.Offline = False,
    out: Out = Path("mitigated"),
    overwrite: Overwrite = False,
) -> int:
    """Fine-tune two copies of a small model, on texts and on texts with counterfactuals, and compare.

    Both copies take the same steps from the same start (DIR/models/before and after), so that what differs is the
    training set and not the training. The counterfactuals are those of `mitigate augment`. Without -p both are asked
    for pronouns beside occupations (gender) and how well they know texts (known_texts).
    """
    from fairwitness.audit.cli.language_mitigations import EXPECTING, Texts, run_finetune

    values = {**context.params, "probes": probes or list(EXPECTING)}
    texts = Texts(file, text, names, steps=steps, batch=batch, rate=rate, overwrite=overwrite)
    return run_finetune(values, texts, out)
