"""From a model and a list of variants to their comparisons: made, asked the same, timed, judged together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fairwitness.audit import config as settings
from fairwitness.audit import document
from fairwitness.audit.comparison import compare_variants
from fairwitness.audit.comparison.variant_set import Original, Speed, Variant, VariantSet
from fairwitness.audit.compression import Made, Recipe, check_name
from fairwitness.audit.config import RunConfig
from fairwitness.audit.errors import BadOption, FairwitnessError
from fairwitness.audit.private import cache_folder
from fairwitness.audit.probe import applies, find
from fairwitness.audit.records import Audit, SubjectInfo
from fairwitness.audit.session import comparing, subjects
from fairwitness.audit.session.job import Job, prepare
from fairwitness.audit.session.memory import InMemory
from fairwitness.audit.session.run import perform as run
from fairwitness.audit.session.variants.making import made_variant
from fairwitness.audit.session.variants.place import MODELS, ORIGINAL, begin, check
from fairwitness.audit.session.variants.speed import speed_of
from fairwitness.audit.session.watch import Watcher
from fairwitness.audit.subject import Subject

PROBES = ("gender", "known_texts", "refusals", "mentions")
"""Asked where no probe is named: a bias, what is known of texts, what is refused, and what is written freely. Quantised
models pass the first three and yet write more stereotypes in open answers, so the last is among them."""
INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for: settings of all runs by name (`model` among them), recipes, and specs that were brought."""

    settings: Mapping[str, Any]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    out: Path
    margin: float | None = None
    min_effect: float | None = None
    speed: bool = True


@dataclass(frozen=True, slots=True)
class _Audited:
    """One variant after it was asked."""

    spec: str
    info: SubjectInfo
    made: Made | None
    bytes: int | None
    other_tokenizer: bool
    speed: Speed | None


def perform(
    wanted: Wanted, watching: Callable[[], AbstractContextManager[Watcher]], tell: Callable[[str], None]
) -> VariantSet:
    """Makes the variants, asks the original once and each variant the same, and compares; writes their runs.

    `watching` gives what follows a run, `tell` a line for each step. Raises UsageError before anything is made or
    asked, RunError later; what is finished by then stays, and the next call goes on there. Raises KeyboardInterrupt
    where a run was stopped.
    """
    _check(wanted)
    config, info = _described(wanted)
    chosen = _settings(wanted, info)
    job = _job(wanted, chosen, config.model or "", ORIGINAL)
    _check_named(wanted, chosen, info)
    tell(f"loading {config.model}")
    original = subjects.load(config, cache_folder())
    _check_compressible(wanted, original)
    begin(wanted.out)
    made = dict(_made(wanted, original, tell))
    tell(f"asking {config.model}, the original")
    _run(job, original, watching)
    asked = {}
    for name, spec in _specs(wanted).items():
        tell(f"asking {name}")
        asked[name] = _ask(wanted, chosen, original, name, spec, made.get(name), watching)
    return _compared(wanted, config, original, asked, [probe.spec.name for probe, _ in job.selection.probes])


def _check(wanted: Wanted) -> None:
    """What needs no model: the folder, the names, the libraries."""
    if not wanted.recipes and not wanted.named:
        raise BadOption("no variant is named: --as q8_0,q4_0,prune:0.5 makes some, --variant NAME=MODEL brings one")
    for name, size in (("margin", wanted.margin), ("min_effect", wanted.min_effect)):
        if size is not None and size <= 0:
            raise BadOption(f"{name} {size:g} is not above 0")
    taken: list[str] = []
    for name in _specs(wanted):
        check_name(name, tuple(taken))
        taken.append(name)
    check(wanted.out)
    if wanted.recipes:
        from fairwitness.audit.huggingface import compressed

        for recipe in wanted.recipes.values():
            compressed.check_recipe(recipe)


def _specs(wanted: Wanted) -> dict[str, str]:
    """The spec of each variant by its name, those that are made first."""
    return {**{name: str(wanted.out / MODELS / name) for name in wanted.recipes}, **wanted.named}


def _described(wanted: Wanted) -> tuple[RunConfig, SubjectInfo]:
    config = settings.resolve(settings.gather(None, dict(wanted.settings)))
    return config, subjects.inspect(config, cache_folder())


def _settings(wanted: Wanted, info: SubjectInfo) -> dict[str, Any]:
    """The settings of all runs, with the usual probes where none is named and two of them fit the kind of model."""
    chosen = dict(wanted.settings)
    if not chosen.get("probes") and not chosen.get("suite"):
        usual = [name for name in PROBES if applies(find(name).spec, info.capabilities)]
        if len(usual) > 1:
            chosen["probes"] = usual
    return chosen


def _job(wanted: Wanted, chosen: Mapping[str, Any], spec: str, name: str, subject: Subject | None = None) -> Job:
    given = settings.gather(None, {**chosen, "model": spec, "out": str(wanted.out / name)})
    return prepare(given, InMemory(subject=subject))


def _check_named(wanted: Wanted, chosen: Mapping[str, Any], original: SubjectInfo) -> None:
    """Raises what a spec that was brought raises, with the variant's name; BadOption for a model of another kind."""
    for name, spec in wanted.named.items():
        config = settings.resolve(settings.gather(None, {**chosen, "model": spec}))
        try:
            info = subjects.inspect(config, cache_folder())
        except FairwitnessError as error:
            raise type(error)(f"the variant {name}: {error}") from error
        if info.kind != original.kind:
            raise BadOption(
                f"the variant {name} ({spec}) is a {info.kind} and {original.spec} is a {original.kind}: what they are "
                "asked is not the same, so nothing can be compared"
            )


def _check_compressible(wanted: Wanted, original: Subject) -> None:
    if wanted.recipes:
        from fairwitness.audit.huggingface import compressed

        compressed.check_compressible(original)


def _made(wanted: Wanted, original: Subject, tell: Callable[[str], None]) -> Iterator[tuple[str, Made]]:
    for name, recipe in wanted.recipes.items():
        made, known = made_variant(original, recipe, wanted.out / MODELS / name)
        stays = f", {len(made.unchanged)} stay" if made.unchanged else ""
        state = "is there already" if known else "made"
        size = f"{made.format_bytes / 1e6:.3g} MB as the form holds them"
        tell(f"{name} {state}: {len(made.changed)} matrices{stays}, {size}")
        yield name, made


def _run(job: Job, subject: Subject, watching: Callable[[], AbstractContextManager[Watcher]]) -> Audit:
    with watching() as watcher:
        audit = run(replace(job, memory=InMemory(subject=subject)), watcher)
    if audit.exit_code == INTERRUPTED:
        raise KeyboardInterrupt
    return audit


def _ask(
    wanted: Wanted,
    chosen: Mapping[str, Any],
    original: Subject,
    name: str,
    spec: str,
    made: Made | None,
    watching: Callable[[], AbstractContextManager[Watcher]],
) -> _Audited:
    """Loads one variant, asks it and times it beside the original; only then the next is loaded."""
    config = settings.resolve(settings.gather(None, {**chosen, "model": spec}))
    try:
        subject = subjects.load(config, cache_folder())
    except FairwitnessError as error:
        raise type(error)(f"the variant {name}: {error}") from error
    _run(_job(wanted, chosen, spec, name, subject), subject, watching)
    size = made.format_bytes if made is not None else _size(config)
    other = _other_tokenizer(original, subject)
    return _Audited(spec, subject.info, made, size, other, speed_of(original, subject) if wanted.speed else None)


def _size(config: RunConfig) -> int | None:
    from fairwitness.audit.huggingface import compressed

    try:
        return compressed.weight_bytes(subjects.loading_of(config, cache_folder()))
    except (FairwitnessError, OSError):
        return None  # of another library than transformers


def _other_tokenizer(original: Subject, variant: Subject) -> bool:
    from fairwitness.audit.huggingface import compressed

    return not compressed.same_tokenizer(original, variant)


def _plain_bytes(original: Subject) -> int | None:
    from fairwitness.audit.huggingface import compressed

    return compressed.plain_bytes(original)


def _compared(
    wanted: Wanted, config: RunConfig, original: Subject, asked: Mapping[str, _Audited], probes: list[str]
) -> VariantSet:
    """All runs read back and compared."""
    read = {name: _read(wanted.out / name) for name in (ORIGINAL, *asked)}
    base = read.pop(ORIGINAL)
    comparisons = compare_variants(base, read, margin=wanted.margin, min_effect=wanted.min_effect)
    variants = [
        Variant(
            name=name,
            spec=each.spec,
            fingerprint=each.info.fingerprint,
            comparison=comparisons[name],
            made=each.made,
            bytes=each.bytes,
            other_tokenizer=each.other_tokenizer,
            speed=each.speed,
        )
        for name, each in asked.items()
    ]
    return VariantSet(
        original=Original(
            spec=config.model or "",
            fingerprint=original.info.fingerprint,
            kind=original.info.kind,
            outcome=base.outcome,
            bytes=_plain_bytes(original),
        ),
        variants=tuple(variants),
        probes=tuple(probes),
        limit=config.limit,
        seed=config.seed,
        margin=wanted.margin,
        min_effect=wanted.min_effect,
        fairwitness_version=base.fairwitness_version,
    )


def _read(folder: Path) -> Audit:
    place, audit = comparing.read(folder)
    return document.with_items(audit, place)
