"""What a page says of the run itself: model, date, command, settings; from the manifest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.records import Audit, Json
from fairwitness.reports.numbers import duration
from fairwitness.reports.reproduce import install_line
from fairwitness.reports.text import clean, line


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShown:
    """The run in texts; empty where they are not known."""

    model: str
    name: str
    """The model without the folders of a path."""
    started: str
    limit: int
    """The most items that a probe was let ask; 0 where none was named."""
    chat: str
    """How everything was asked where the run says so: `chat` or `plain`; else empty."""
    system: str
    """The system prompt of the run, whole; empty where it had none."""
    command: str
    install: str
    """The line that installs the same versions."""
    duration: str
    environment: tuple[tuple[str, str], ...]
    config: tuple[tuple[str, str], ...]


def run_of(audit: Audit) -> RunShown:
    """The run of an audit."""
    manifest = audit.manifest
    seconds = manifest.run.get("seconds")
    return RunShown(
        model=line(manifest.subject.spec),
        name=_name(line(manifest.subject.spec)),
        started=line(str(manifest.run.get("started", ""))).replace("T", " ").removesuffix("Z").split("+")[0][:16],
        limit=_limit(manifest.config),
        chat=_named(manifest.config, "chat"),
        system=clean(_named(manifest.config, "system")),
        command=line(str(manifest.run.get("command") or manifest.config.get("command") or "")),
        install=install_line(audit),
        duration=duration(seconds) if isinstance(seconds, int | float) else "",
        environment=_grouped(flat({"environment": manifest.environment, "git": manifest.git, "run": manifest.run})),
        config=_grouped(flat(manifest.config)),
    )


def _name(spec: str) -> str:
    """The model without the folders of a path; a hub id keeps its owner."""
    kind, colon, path = spec.rpartition(":")
    folders = path.startswith(("/", ".", "~")) or kind == "predictions"
    return kind + colon + (path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if folders else path)


def _grouped(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """One row for all settings of one place, a line each; a name without a place is a row of its own."""
    rows: dict[str, list[str]] = {}
    for name, text in pairs:
        place, dot, last = name.rpartition(".")
        rows.setdefault(place or name, []).append(f"{last} = {text}" if dot else text)
    return tuple((place, "\n".join(texts)) for place, texts in rows.items())


def flat(tree: Mapping[str, Any], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """A nested mapping as dotted names and texts, in name order."""
    pairs: list[tuple[str, str]] = []
    for name in sorted(tree):
        value = tree[name]
        if isinstance(value, Mapping):
            pairs += flat(value, f"{prefix}{name}.") or ((f"{prefix}{name}", "–"),)
        elif isinstance(value, list | tuple):
            pairs.append((line(f"{prefix}{name}"), ", ".join(line(str(part)) for part in value) or "–"))
        else:
            pairs.append((line(f"{prefix}{name}"), clean("–" if value is None or value == "" else str(value))))
    return tuple(pairs)


def _named(config: Json, key: str) -> str:
    """A setting that is a text; empty where there is none, and for a manner of asking that says nothing (`auto`)."""
    resolved = config.get("resolved")
    value = resolved.get(key) if isinstance(resolved, Mapping) else None
    return value if isinstance(value, str) and value != "auto" else ""


def _limit(config: Json) -> int:
    """The `--limit` of the run; 0 where it had none."""
    resolved = config.get("resolved")
    limit = resolved.get("limit") if isinstance(resolved, Mapping) else None
    return limit if isinstance(limit, int) else 0
