"""Every option of `fairwitness run`, with its help text."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from fairwitness.audit.session.suites import SUITES

DECISIONS = "Tables of decisions"
MODEL = "The model"
SHOWN = "What comes out"

Model: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="MODEL",
        help="A hub id, org/name@revision, a folder, a .gguf file, package:NAME[/inner/path], a fitted model over "
        "tables (.skops, .joblib, .pt2, ...), spacy:NAME, openai:MODEL@URL for an endpoint, or predictions:FILE.",
    ),
]
Config: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Settings file. Without it ./fairwitness.toml is read where there is one.",
    ),
]
Suite: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--suite",
        "-s",
        metavar="NAME",
        help=f"Named set of probes: {', '.join(SUITES)} (`fairwitness probes --suites` tells them). [default: default]",
    ),
]
Probes: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--probe", "-p", metavar="PROBE", help="A probe in place of a suite; may be repeated."),
]
Data: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="[PROBE=]FILE", help="Your own table or texts, for one probe or for all; may be repeated."),
]
Policy: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Policy file that judges, or report-only for Fairwitness's own rules as warnings. "
        "Without it Fairwitness's own policy judges.",
    ),
]
Facts: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What only people know about the model; `fairwitness facts new` writes one."),
]
Baseline: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="DIR|latest",
        help="Folder of a finished run to compare with, or latest: the newest one of the same kind under runs/.",
    ),
]
BaselineOptional: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--baseline-optional",
        help="Go on without a baseline that is not there or does not fit; document, page and summaries say so and why.",
    ),
]
NoBaseline: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--no-baseline",
        metavar="REASON",
        help="Say why there is nothing to compare with, in document, page and summaries; in the place of --baseline.",
    ),
]
Limit: TypeAlias = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Ask about at most so many items of each probe.")
]
Seed: TypeAlias = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Seed of everything random. [default: 0]")
]
ProbeOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--option", "-O", metavar="PROBE.OPTION=VALUE", help="An option of one probe; may be repeated."),
]
Label: TypeAlias = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of true outcomes.")]
Prediction: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of decisions, for predictions:FILE.")
]
Score: TypeAlias = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of scores from 0 to 1.")]
Weight: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column that says how many people a row stands for.")
]
Group: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="Column that names a person's group; may be repeated.")
]
Reference: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=GROUP", help="Group to compare with. Without it the largest; may be repeated."),
]
Id: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="COLUMN",
        help="Column that names the person of a row: shown with every row, and rows of one id are one person's.",
    ),
]
Unit: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="WORD", help="What a row stands for, in the plural: applicants. [default: rows]"),
]
Favourable: TypeAlias = Annotated[str | None, typer.Option(metavar="VALUE", help="Outcome that counts as selected.")]
FavourableName: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help='What that outcome means for a person, as a verb: "is granted the loan".'),
]
OutcomeName: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help='What that outcome means where it came true: "repaid within two years".'),
]
Device: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="cpu, cuda, cuda:1, mps; auto spreads a model over all and the disk. [default: what is there]",
    ),
]
DType: TypeAlias = Annotated[
    str | None, typer.Option("--dtype", metavar="NAME", help="float32, bfloat16, float16. [default: float32 on a CPU]")
]
BatchTokens: TypeAlias = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Padded tokens of one batch; of a table, rows.")
]
Threads: TypeAlias = Annotated[int | None, typer.Option(min=1, metavar="N", help="Processor threads.")]
Base: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="The model of an adapter or an .onnx file, where what they name is not here or they name none.",
    ),
]
Task: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="Use the model as this kind (causal_lm, say; an unknown one lists all), whatever its files say; a torch "
        "module over tables as classifier or regressor.",
    ),
]
Chat: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="auto|chat|plain",
        help="How MODEL is asked: auto, questions in its chat template where it has one and all else plainly; chat, "
        "everything in the chat, beginnings of texts as beginnings of its own turn; plain, nothing. [default: auto]",
    ),
]
System: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT|@FILE",
        help="System prompt that stands before everything that is asked in the chat; the report shows it.",
    ),
]
Judge: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="A classifier of texts, or a model that answers in a chat, that judges what MODEL writes, for the probes "
        "that ask for one.",
    ),
]
Labels: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Answers of an earlier run of MODEL that people labelled (`fairwitness judge sample` writes the file): "
        "rates are then made from these and what the judge says.",
    ),
]
ReferenceModel: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MODEL",
        help="A model that never saw your texts, to compare MODEL with; for an adapter, its base. Repeatable: sixteen "
        "say more than one.",
    ),
]
MaskedModel: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL", help="A masked language model that varies your texts a little, to compare them with."
    ),
]
MaxMinutes: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Ask for at most so many minutes; what they cut off is not measured, and the next run goes on there.",
    ),
]
MaxRequests: TypeAlias = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Put at most so many requests to the model; likewise.")
]
MaxTokens: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Have endpoints read and write at most so many tokens, as they count them; likewise."
    ),
]
MaxPrice: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="N", help="Spend at most so much on endpoints, in the currency of --price; likewise."),
]
Price: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[MODEL=]READ/WRITTEN",
        help="What a million tokens cost that an endpoint reads, and that it writes: 0.15/0.60; may be repeated.",
    ),
]
Concurrency: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Questions at once to an endpoint. [default: as many as it bears]"),
]
RequestSeconds: TypeAlias = Annotated[
    float | None, typer.Option(metavar="N", help="Seconds to wait for one answer of an endpoint. [default: 120]")
]
AllowRemoteTexts: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--allow-remote-texts",
        help="Let texts of your own files be sent to an endpoint on another machine. They stay here otherwise.",
    ),
]
NoCache: TypeAlias = Annotated[bool, typer.Option("--no-cache", help="Neither read nor keep answers.")]
Offline: TypeAlias = Annotated[bool, typer.Option("--offline", help="Never use the network.")]
TrustRemoteCode: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--trust-remote-code", help="Run Python code that the model brings, or types that skops does not know."
    ),
]
AllowPickle: TypeAlias = Annotated[
    bool, typer.Option("--allow-pickle", help="Read pickled weights or models, which can run any code.")
]
Out: TypeAlias = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder of the run. [default: runs/MODEL-TIME]")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the audit document and nothing else.")]
ExitZero: TypeAlias = Annotated[
    bool, typer.Option("--exit-zero", help="Exit with 0 where the policy is violated. Other codes stay.")
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be asked, of what and for how long.")
]
ShowSecrets: TypeAlias = Annotated[
    bool, typer.Option("--show-secrets", help="Write leaked texts out in full. They are hidden otherwise.")
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no table: the verdict, why, and how to repeat it.")
]
Verbose: TypeAlias = Annotated[bool, typer.Option("--verbose", "-v", help="Say more; show where a crash came from.")]
AnyModel: TypeAlias = Annotated[
    str | None, typer.Option("--model", metavar="MODEL", help="The model to audit. [default: what lies here]")
]
Pipeline: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--ci",
        metavar="NAME",
        help="Pipeline to write: github, gitlab, azure, jenkins, pre-commit, none. [default: what is used here]",
    ),
]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Command: TypeAlias = Callable[..., int]
OPTIONAL = {
    "probes": Probes,
    "option": ProbeOption,
    "data": Data,
    "policy": Policy,
    "limit": Limit,
    "seed": Seed,
    "device": Device,
    "dtype": DType,
    "threads": Threads,
}
"""Options of `run` that say what is asked; none is given where the user gives none."""


def asking(without: str = "") -> Callable[[Command], Command]:
    """Gives a command, which takes them as `**asked`, the options of what is asked, all but the one named."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter(name, keyword, default=None, annotation=annotation)
        for name, annotation in OPTIONAL.items()
        if name != without
    ]
    shared.append(inspect.Parameter("offline", keyword, default=False, annotation=Offline))

    def extended(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        named_here = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]

        @wraps(command)
        def called(*values: Any, **named: Any) -> int:
            return command(*values, **named)

        parameters = [*named_here, *shared]
        called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return extended


ExplainedModel: TypeAlias = Annotated[str, typer.Argument(metavar="MODEL", help="As of `fairwitness run`.")]
ExplainedText: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="The text; of a language model with one [MASK] where the fillers go."),
]
Methods: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="METHOD",
        help="A method in place of the usual ones; may be repeated (`fairwitness probes attribution` lists them).",
    ),
]
Target: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="CLASS|WORD/WORD", help="The class that is explained, or one filler against another: she/he."),
]
Pair: TypeAlias = Annotated[
    str | None, typer.Option(metavar="TEXT", help="A text to compare with, word by word: the same but for a word, say.")
]
ExplainedOut: TypeAlias = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="Write it here instead: a page (.html) or the numbers (.json)."),
]

Row: TypeAlias = Annotated[
    str | None, typer.Option(metavar="FILE:N", help="A row of a table in place of a text, from 1: people.csv:12.")
]
