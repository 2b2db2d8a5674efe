"""Looks around, writes what is not there yet, and says what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fairwitness import __version__
from fairwitness.audit import document
from fairwitness.audit.cli.init import pipelines, policy_file, settings_file
from fairwitness.audit.cli.init.settings_file import Start
from fairwitness.audit.cli.init.surroundings import PIPELINES, Pipeline, Surroundings, look_around
from fairwitness.audit.cli.terminal import say, tell
from fairwitness.audit.errors import BadOption, nearest

SETTINGS = "fairwitness.toml"
POLICY = "policy.toml"


@dataclass(frozen=True, slots=True)
class Planned:
    """A file to write, and what is said of it."""

    name: str
    content: str
    what: str
    pipeline: bool = False
    """Whether it runs the others; one that is the user's is never replaced."""


def init_command(model: str | None, ci: str | None, *, overwrite: bool) -> int:
    """Writes settings, policy and pipeline into the working folder; files that are there stay unless `overwrite`.

    Raises BadOption for an unknown pipeline and, where a pipeline is to be written, in a folder that is not the top of
    its repository; CannotWrite.
    """
    folder = Path.cwd()
    seen = look_around(folder)
    chosen = _chosen(ci, seen)
    if chosen != "none" and seen.top is not None and seen.top.resolve() != folder.resolve():
        raise BadOption(
            f"init: pipelines are read at the top of a repository, which is {seen.top}: run it there, or add --ci none"
        )
    begun = _begun(model, seen, kept=(folder / SETTINGS).exists() and not overwrite)
    name, then = ("", "") if chosen == "none" else pipelines.placed(chosen, folder)
    files = _files(begun, chosen, name, replace(seen, pipeline=chosen))
    written = [_write(folder, file, overwrite=overwrite) for file in files]
    say("")
    _say_next(begun, chosen, seen, then, [file.name for file, new in zip(files, written, strict=True) if new])
    return 0


def _begun(model: str | None, seen: Surroundings, *, kept: bool) -> Start:
    """The settings to start from; where the file that is there stays, what it says. Raises BadConfig."""
    if not kept:
        return settings_file.start(model, seen)
    begun = settings_file.read(Path(SETTINGS))
    if model is not None and model != begun.model:
        raise BadOption(
            f"--model {model}: {SETTINGS} is there already and names {begun.model or 'no model'}: change it there, or "
            "add --overwrite"
        )
    return begun


def _chosen(ci: str | None, seen: Surroundings) -> Pipeline:
    """The pipeline that was named, else the one that was seen."""
    if ci is None:
        return seen.pipeline
    for name in PIPELINES:
        if name == ci:
            return name
    raise BadOption(f"--ci {ci}: no such pipeline{nearest(ci, PIPELINES)} (pipelines: {', '.join(PIPELINES)})")


def _files(begun: Start, chosen: Pipeline, name: str, seen: Surroundings) -> list[Planned]:
    """Everything that belongs here, in the order in which it is said."""
    rules = policy_file.rules(begun.probes)
    settings = pipelines.template_text(SETTINGS, {"SETTINGS": settings_file.text(begun)})
    judging = pipelines.template_text(POLICY, {"VERSION": __version__, "RULES": rules})
    asked = f", asked: {', '.join(begun.asked)}" if begun.asked else ""
    files = [
        Planned(SETTINGS, settings, f"{begun.model or 'no model yet'}{asked}"),
        Planned(POLICY, judging, f"{rules.count('[[rules]]')} rules, to make yours"),
    ]
    if chosen != "none":
        files.append(
            Planned(name, pipelines.text(chosen, name, begun.model, seen), f"runs it, for {chosen}", pipeline=True)
        )
    return files


def _write(folder: Path, file: Planned, *, overwrite: bool) -> bool:
    """Writes a file unless one is there, and says which; whether it was written."""
    path = folder / file.name
    if path.is_symlink():
        say(f"kept   {file.name}: it is a link, and what it leads to is not replaced")
        return False
    if path.exists() and not overwrite:
        say(f"kept   {file.name}: it is there already (--overwrite replaces it)")
        return False
    if file.pipeline and path.exists() and not pipelines.is_ours(path):
        say(f"kept   {file.name}: it is yours, and no pipeline of yours is replaced")
        return False
    with document.writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, encoding="utf-8")
    say(f"wrote  {file.name}: {file.what}")
    return True


def _say_next(begun: Start, chosen: Pipeline, seen: Surroundings, then: str, written: Sequence[str]) -> None:
    """What is left to do, in a few lines."""
    if not begun.model:
        say(f"no model was found here: name one in {SETTINGS} (model = ...), or run init again with --model")
    elif begun.problem:
        say(f"{SETTINGS} does not work yet: {begun.problem}")
    if others := [model for model in seen.models if model != begun.model]:
        tell(f"other models here: {', '.join(others)}")
    if chosen == "none" and not seen.why:
        tell(f"no pipeline was found here: --ci writes one ({', '.join(PIPELINES[:-1])})")
    say("next:")
    say("  fairwitness run --dry-run    what would be asked, and for how long")
    say("  fairwitness run              the audit; its exit code is what a pipeline acts on")
    if written:
        say(f"  git add {' '.join(written)}")
    if then:
        say(f"  {then}")
