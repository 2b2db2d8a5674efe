"""What the mitigations of language models do: load, constrain or train, ask the same items twice, and compare."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit import config as settings
from fairwitness.audit.cli import before_after
from fairwitness.audit.cli.before_after import Settings
from fairwitness.audit.cli.terminal import say
from fairwitness.audit.comparison import Comparison
from fairwitness.audit.errors import BadOption
from fairwitness.audit.private import cache_folder
from fairwitness.audit.session import subjects
from fairwitness.audit.session.memory import InMemory
from fairwitness.audit.subject import Subject

COST = "known_texts"
"""The probe that shows whether a mitigated model still reads: bits per byte of texts."""
WRITING = ("gender", "mentions", COST)
WRITTEN = ("mentions", COST)
EXPECTING = ("gender", COST)
BITS = f"{COST}/bits_per_byte"
MOST_BIAS, MOST_COMPETENCE = 3, 2
"""Metrics of either kind that the line holds."""
OWN = ("prefix", "forbid", "out", "overwrite", "file", "text", "names", "steps", "batch", "rate", "option")
"""Options that are no settings of a run."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What `mitigate finetune` trains on, and how long."""

    file: Path
    column: str
    names: Path | None
    _: KW_ONLY
    steps: int
    batch: int
    rate: float
    overwrite: bool


def run_prompt(values: Mapping[str, Any], prefix: str, out: Path) -> int:
    """Asks a model without and with a prefix."""
    from fairwitness.audit.adapters.prefixed import Prefixed

    if not prefix.strip():
        raise BadOption("--prefix is empty: nothing would stand before the prompts")
    how = f"--prefix {shlex.quote(prefix)}"
    return _constrained("prompt", values, out, how, lambda subject: Prefixed(subject, prefix))


def run_decoding(values: Mapping[str, Any], words: Sequence[str], out: Path) -> int:
    """Asks a model that may write all words, and one that may not write some."""
    how = " ".join(f"--forbid {shlex.quote(word)}" for word in words)

    def constrain(subject: Subject) -> Subject:
        from fairwitness.audit.huggingface.forbid import forbidding

        return forbidding(subject, words)

    return _constrained("decoding", values, out, how, constrain)


def run_finetune(values: Mapping[str, Any], texts: Texts, out: Path) -> int:
    """Trains one copy on texts and one on texts with their counterfactuals, and asks both."""
    from fairwitness.audit.cli.mitigations import counterfactuals

    before_after.check(out)
    models = [out / "models" / side for side in before_after.SIDES]
    taken = next((folder for folder in models if folder.exists()), None)
    if taken is not None and not texts.overwrite:
        raise BadOption(f"{taken} is there already: name another folder with -o, or add --overwrite")
    given = _given(values)
    augmented = counterfactuals(texts.file, texts.column, (), texts.names)
    originals = [str(cell or "") for cell in augmented.columns[texts.column]]
    plain = [text for text, side in zip(originals, augmented.columns["version"], strict=True) if side == "original"]
    if not augmented.counterfactuals:
        raise BadOption(f"{texts.file}: none of {len(plain)} texts has a counterfactual: both copies would be the same")
    subject = subjects.load(settings.resolve(settings.gather(None, given)), cache_folder())
    from fairwitness.audit.huggingface.finetune import Schedule, finetune

    schedule = Schedule(steps=texts.steps, batch=texts.batch, rate=texts.rate, seed=int(given.get("seed") or 0))
    for folder, chosen in zip(models, (plain, originals), strict=True):
        loss = finetune(subject, chosen, schedule, folder)
        say(f"{folder}: {texts.steps} steps of {texts.batch} on {len(chosen)} texts, loss at the end {loss:.3g}")
    say(f"counterfactuals of {augmented.counterfactuals} of {len(plain)} texts; {len(augmented.doubtful)} in doubt")
    sides = [Settings({**given, "model": str(folder)}) for folder in models]
    _tell(out, before_after.measure(out, before_after.jobs(out, sides)))
    return 0


def _constrained(
    command: str, values: Mapping[str, Any], out: Path, how: str, constrain: Callable[[Subject], Subject]
) -> int:
    """Loads a model once, and asks it free and constrained."""
    before_after.check(out)
    given = _given(values)
    config = settings.resolve(settings.gather(None, given))
    subject = subjects.load(config, cache_folder())
    repeats = f"fairwitness mitigate {command} {shlex.quote(config.model or '')} {how} -o {shlex.quote(str(out))}"
    both = (subject, constrain(subject))
    sides = [Settings(given, InMemory(subject=side, repeats=repeats)) for side in both]
    _tell(out, before_after.measure(out, before_after.jobs(out, sides)))
    return 0


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a mitigation that are settings of a run."""
    given = {key: value for key, value in values.items() if key not in OWN and value not in (None, False, [], ())}
    if values.get("option"):
        given["probe"] = settings.options_from(list(values["option"]))
    return {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}


def _tell(out: Path, changed: Comparison) -> None:
    before_after.tell(out, changed, _wanted(changed))


def _wanted(changed: Comparison) -> list[str]:
    """What the line speaks of: what rules judge of everybody together, then what the model can still do."""
    whole = [change for change in changed.changes if not change.metric.by and change.metric.scope == "overall"]
    names = {
        role: list(
            dict.fromkeys(
                f"{change.probe}/{change.metric.name}"
                for change in sorted(whole, key=lambda change: not change.gated)
                if change.metric.role == role
            )
        )
        for role in ("bias", "competence")
    }
    return [*names["bias"][:MOST_BIAS], *names["competence"][:MOST_COMPETENCE], BITS]
