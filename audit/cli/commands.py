"""The commands and their options; what each does is in a module of its own, whose heavy imports wait for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fairwitness.audit.cli import options as of
from fairwitness.audit.cli.application import app as app
from fairwitness.audit.errors import BadOption
from fairwitness.reports import FORMATS


@app.command()
def run(
    context: typer.Context,
    model: of.Model = None,
    config: of.Config = None,
    suite: of.Suite = None,
    probes: of.Probes = None,
    option: of.ProbeOption = None,
    data: of.Data = None,
    policy: of.Policy = None,
    baseline: of.Baseline = None,
    baseline_optional: of.BaselineOptional = False,
    no_baseline: of.NoBaseline = None,
    facts: of.Facts = None,
    limit: of.Limit = None,
    seed: of.Seed = None,
    label: of.Label = None,
    prediction: of.Prediction = None,
    score: of.Score = None,
    weight: of.Weight = None,
    group: of.Group = None,
    reference: of.Reference = None,
    id: of.Id = None,
    unit: of.Unit = None,
    favourable: of.Favourable = None,
    favourable_name: of.FavourableName = None,
    outcome_name: of.OutcomeName = None,
    task: of.Task = None,
    base: of.Base = None,
    chat: of.Chat = None,
    system: of.System = None,
    judge: of.Judge = None,
    labels: of.Labels = None,
    reference_model: of.ReferenceModel = None,
    masked_model: of.MaskedModel = None,
    device: of.Device = None,
    dtype: of.DType = None,
    batch_tokens: of.BatchTokens = None,
    threads: of.Threads = None,
    max_minutes: of.MaxMinutes = None,
    max_requests: of.MaxRequests = None,
    max_tokens: of.MaxTokens = None,
    max_price: of.MaxPrice = None,
    price: of.Price = None,
    concurrency: of.Concurrency = None,
    request_seconds: of.RequestSeconds = None,
    allow_remote_texts: of.AllowRemoteTexts = False,
    no_cache: of.NoCache = False,
    offline: of.Offline = False,
    trust_remote_code: of.TrustRemoteCode = False,
    allow_pickle: of.AllowPickle = False,
    out: of.Out = None,
    as_json: of.AsJson = False,
    exit_zero: of.ExitZero = False,
    dry_run: of.DryRun = False,
    show_secrets: of.ShowSecrets = False,
    quiet: of.Quiet = False,
    verbose: of.Verbose = False,
) -> int:
    """Audit a model: ask it, judge the answers, write the report.

    Every option can also stand in fairwitness.toml (its name with _ for -, probes for --probe, [probe.NAME] for -O) or
    in the environment (FAIRWITNESS_SEED). The command line is stronger than the environment, and that than the file. A
    file that --config does not name cannot grant --allow-pickle, --trust-remote-code, --allow-remote-texts,
    --show-secrets or --exit-zero.

    Exit codes: 0 every rule that counts passed, or none of the policy can fail; 1 the policy is violated or undecided;
    2 a mistake before the first model call; 3 work began and could not end; 4 nothing ran, or nothing that was asked
    can be judged; 130 interrupted.
    """
    from fairwitness.audit.cli.run import run_command

    return run_command(context.params)


@app.command()
def explain(
    model: of.ExplainedModel,
    text: of.ExplainedText = None,
    method: of.Methods = None,
    target: of.Target = None,
    pair: of.Pair = None,
    row: of.Row = None,
    group: of.Group = None,
    label: of.Label = None,
    out: of.ExplainedOut = None,
    language: Annotated[
        str, typer.Option("--lang", metavar="LANGUAGE", help="Language of what is shown and written: en, zh.")
    ] = "en",
    seed: of.Seed = None,
    task: of.Task = None,
    base: of.Base = None,
    device: of.Device = None,
    dtype: of.DType = None,
    batch_tokens: of.BatchTokens = None,
    threads: of.Threads = None,
    no_cache: of.NoCache = False,
    offline: of.Offline = False,
    trust_remote_code: of.TrustRemoteCode = False,
    allow_pickle: of.AllowPickle = False,
    as_json: of.Json = False,
    quiet: of.Quiet = False,
    verbose: of.Verbose = False,
) -> int:
    """Say which words of a text or columns of a row moved the answer, by several methods, and what each is worth.

    A classifier is explained by the class that it predicts, or the one of --target; a language model by one filler of
    [MASK] against another; a model over tables by one row of a file, --row FILE:N. Exit codes: 0 explained, 2 a mistake
    before the first question, 3 work began and could not end, 4 there is nothing to explain.
    """
    from fairwitness.audit.cli.explaining import Wanted, asked, explain_command

    settings = {
        "group": group, "label": label,
        "seed": seed, "task": task, "base": base, "device": device, "dtype": dtype, "batch_tokens": batch_tokens,
        "threads": threads,
        "no_cache": no_cache, "offline": offline, "trust_remote_code": trust_remote_code, "allow_pickle": allow_pickle,
    }  # fmt: skip
    question = asked(model, text, row, pair=pair, methods=method, target=target, settings=settings)
    return explain_command(question, Wanted(out=out, language=language, as_json=as_json, quiet=quiet, verbose=verbose))


@app.command("import")
def import_log(
    log: Annotated[
        Path,
        typer.Argument(
            metavar="LOG",
            help="Of lm-evaluation-harness the folder of --output_path or its results_*.json, of Inspect a .eval or "
            ".json log, of garak a .report.jsonl.",
        ),
    ],
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Policy file that judges. Without it numbers are reported and none fails."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="FIELD", help="Field of the samples that says which belong together: a document, say."),
    ] = None,
    category: Annotated[
        str | None, typer.Option(metavar="FIELD", help="Field of the samples that says of which category they are.")
    ] = None,
    out: of.Out = None,
    as_json: of.AsJson = False,
    exit_zero: of.ExitZero = False,
    show_secrets: of.ShowSecrets = False,
    quiet: of.Quiet = False,
    verbose: of.Verbose = False,
) -> int:
    """Read a log of another harness: intervals, verdicts and the report for what it measured. No model is asked.

    What a log lacks of the samples that it says it has is incomplete, whatever the rest came to. Exit codes as of
    `fairwitness run`; 2 also for a log that cannot be read.
    """
    from fairwitness.audit.cli.importing import import_command

    return import_command(
        log,
        policy=policy,
        cluster=cluster,
        category=category,
        out=out,
        as_json=as_json,
        exit_zero=exit_zero,
        show_secrets=show_secrets,
        quiet=quiet,
        verbose=verbose,
    )


@app.command()
def probes(
    named: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="One probe or probe file, in full; `new NAME` writes one to start from."),
    ] = None,
    suites: Annotated[bool, typer.Option("--suites", help="The named sets of probes instead.")] = False,
    as_json: of.Json = False,
) -> int:
    """List what can be asked, of which models, with sources and limits; or begin a probe of your own."""
    from fairwitness.audit.cli.show import show_probes, show_suites

    name: str | None = None
    match named or []:
        case ["new", new]:
            from fairwitness.audit.cli.new_probe import new_probe

            return new_probe(new)
        case ["new"]:
            raise BadOption("probes new: name the probe, as in `fairwitness probes new hostile_endings`")
        case []:
            pass
        case [name]:
            pass
        case names:
            raise BadOption(f"probes {' '.join(names)}: one name at a time (`probes new NAME` writes a new probe)")
    if suites:
        if name is not None:
            raise BadOption(f"--suites lists all suites; leave out {name!r}, or leave out --suites")
        return show_suites(as_json=as_json)
    return show_probes(name, as_json=as_json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAMES",
            help=f"Formats, between commas: {', '.join(FORMATS)}, pdf, mlflow. [default: html]",
        ),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A model card that takes the results in: all else of it stays. Writes .eval_results/ beside it.",
        ),
    ] = None,
    language: Annotated[
        str, typer.Option("--lang", metavar="LANGUAGE", help="Language that the page opens in: en, zh.")
    ] = "en",
    redact_rows: Annotated[
        bool,
        typer.Option(
            "--redact-rows",
            help="Take the rows of private people out of the run, for good: items, tables, page. Hashes of them stay.",
        ),
    ] = False,
) -> int:
    """Draw the outputs of a run again from its document. Needs no model."""
    if redact_rows:
        if formats is not None or card is not None:
            raise BadOption("--redact-rows draws the page alone: leave out -f and --card, and draw the others after it")
        from fairwitness.audit.cli.redaction import redact_rows as redact

        return redact(folder)
    from fairwitness.audit.cli.report import draw_report

    return draw_report(folder, formats, language, card)


@app.command()
def compare(
    base: Annotated[Path | None, typer.Argument(metavar="BASE", help="Folder of the run before.")] = None,
    new: Annotated[Path | None, typer.Argument(metavar="NEW", help="Folder of the run after.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write comparison.json and the page here.")
    ] = None,
    formats: Annotated[
        str | None, typer.Option("--format", "-f", metavar="NAMES", help="Formats, between commas: html, md.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(min=1e-9, metavar="D", help="A change shown to lie within ± D counts as none.")
    ] = None,
    min_effect: Annotated[
        float | None,
        typer.Option("--min-effect", min=1e-9, metavar="D", help="A smaller change is neither worse nor better."),
    ] = None,
    more_base: Annotated[
        list[Path] | None,
        typer.Option("--base", metavar="DIR", help="A run of BASE, alone or one more; may be repeated."),
    ] = None,
    more_new: Annotated[
        list[Path] | None,
        typer.Option("--new", metavar="DIR", help="A run of NEW, alone or one more; may be repeated."),
    ] = None,
    other_data: Annotated[
        bool, typer.Option("--other-data", help="Compare tables of other people, as independent samples.")
    ] = False,
    language: Annotated[
        str, typer.Option("--lang", metavar="LANGUAGE", help="Language of what is shown and written: en, zh.")
    ] = "en",
    as_json: of.Json = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Give exit code 0 where it would be 1.")] = False,
) -> int:
    """Say what changed between two runs, beyond noise.

    Decisions about the same rows are compared row by row, means of scores item by item, everything else by its
    intervals. With --base and --new each side is several runs, such as those of a training with several seeds: then
    means over runs are compared by their spread. Exit codes: 0 nothing that a rule can fail a release for got worse, 1
    something did or is no longer measured, 2 the runs cannot be compared.
    """
    from fairwitness.audit.cli.compare import Wanted, compare_command

    wanted = Wanted(
        out=out,
        formats=formats,
        margin=margin,
        min_effect=min_effect,
        other_data=other_data,
        language=language,
        as_json=as_json,
        exit_zero=exit_zero,
    )
    sides = [
        [*([] if first is None else [first]), *(more or ())] for first, more in ((base, more_base), (new, more_new))
    ]
    return compare_command(sides[0], sides[1], wanted)


@app.command()
@of.asking()
def variants(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The original, named as in `run`.")],
    forms: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="FORMS",
            help="Variants to make, between commas: int8 (torchao), q8_0, q4_0 (gguf), prune:SHARE (torch).",
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=MODEL", help="A variant that is there already, by a name; may be repeated."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where models, runs, comparisons and page go.")
    ] = Path("variants"),
    margin: Annotated[
        float | None, typer.Option(min=1e-9, metavar="D", help="A change shown to lie within ± D counts as none.")
    ] = None,
    min_effect: Annotated[
        float | None,
        typer.Option("--min-effect", min=1e-9, metavar="D", help="A smaller change is neither worse nor better."),
    ] = None,
    no_speed: Annotated[bool, typer.Option("--no-speed", help="Time nothing.")] = False,
    language: Annotated[
        str, typer.Option("--lang", metavar="LANGUAGE", help="Language of what is shown and written: en, zh.")
    ] = "en",
    as_json: of.Json = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Give exit code 0 where it would be 1.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    **asked: Any,
) -> int:
    """Compare compressed variants of a model with it: quantised, pruned, or distilled ones of your own.

    Every variant is asked what the original is asked, and compared with it item by item; the correction for many
    comparisons runs over all probes and variants together. Without -p the model is asked for pronouns beside
    occupations (gender), how well it knows texts (known_texts), what it refuses (refusals) and whom it writes of
    (mentions): variants that pass questions with fixed answers can still write otherwise. A run that was stopped goes
    on where it was. Exit codes: 0 nothing that a rule can fail a release for got worse, 1 something did or is no
    longer measured, 2 a mistake, 3 work began and could not end.
    """
    from fairwitness.audit.cli.variants import Shown, variants_command

    shown = Shown(language=language, as_json=as_json, exit_zero=exit_zero, quiet=quiet)
    return variants_command(context.params, shown)


@app.command()
def data(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One data set, in full.")] = None,
    as_json: of.Json = False,
) -> int:
    """List which data sets are here, which are missing, and how to get them."""
    from fairwitness.audit.cli.show import show_data

    return show_data(name, as_json=as_json)


@app.command()
def sign(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="Private Ed25519 key, readable by its owner alone.")],
) -> int:
    """Sign a run: the hash of every file of its folder, what the policy said, and your signature. Needs no network.

    Writes report.intoto.jsonl: an in-toto test result in a DSSE envelope. What is drawn or added later is not signed.
    """
    from fairwitness.audit.cli.signing import sign_run

    return sign_run(folder, key)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="Public key of who signed it.")],
) -> int:
    """Say whether a run is as it was signed, and name every file that is not.

    Exit codes: 0 as signed, 1 changed, not signed or signed by another key, 2 no run or no key.
    """
    from fairwitness.audit.cli.signing import verify_run

    return verify_run(folder, key)


@app.command()
def doctor(as_json: of.Json = False) -> int:
    """Say what is installed, what is missing, and what falls away without it."""
    from fairwitness.audit.cli.doctor import doctor_command

    return doctor_command(as_json=as_json)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="policy, settings (fairwitness.toml) or audit.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it here instead.")] = None,
) -> int:
    """Print a JSON Schema, for editors that check TOML files and for readers of audit.json."""
    from fairwitness.audit.cli.show import show_schema

    return show_schema(name, out)


@app.command()
def init(model: of.AnyModel = None, ci: of.Pipeline = None, overwrite: of.Overwrite = False) -> int:
    """Write a fairwitness.toml, a policy and a pipeline to start from, which work as they are.

    Looks for the pipeline of this repository, for models and for tables of decisions, and asks nothing. A file that is
    there stays as it is.
    """
    from fairwitness.audit.cli.init.command import init_command

    return init_command(model, ci, overwrite=overwrite)
