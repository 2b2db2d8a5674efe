"""The commands that look at what is there: probes, data, policies, caches, and reports drawn again."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from fairwitness.audit.cli.terminal import draw_json, say, say_block, say_json
from fairwitness.audit.errors import BadData, BadOption, nearest
from fairwitness.audit.private import cache_folder
from fairwitness.audit.probe import MetricSpec
from fairwitness.audit.records import Better
from fairwitness.audit.session.suites import SUITES

SCHEMAS: Mapping[str, tuple[str, str]] = {
    "policy": ("fairwitness.audit.policy", "policy.schema.json"),
    "settings": ("fairwitness.audit", "fairwitness.schema.json"),
    "audit": ("fairwitness.audit.document", "audit.schema.json"),
}
"""The package and file of each JSON Schema."""
DIRECTIONS: Mapping[Better, str] = {
    "lower": "lower is better",
    "higher": "higher is better",
    "near_zero": "near 0 or the null value is best",
    "none": "a description",
}
"""What a probe declares of a metric's direction, in words."""


def show_probes(name: str | None, *, as_json: bool) -> int:
    """Prints all probes in short, or one in full."""
    from fairwitness.audit import probe

    chosen = probe.registry() if name is None else {name: probe.find(name)}
    if as_json:
        say_json([_described(entry) for entry in chosen.values()])
    elif name is None:
        for entry in chosen.values():
            say(f"{entry.spec.name:<16} {entry.spec.question}")
            say(f"{'':<16} needs {_needs(entry.spec.needs)}; family {entry.spec.family}, version {entry.spec.version}")
        say("", "`fairwitness probes NAME` tells what one measures, its options, its sources and what it cannot tell.")
    else:
        _print_probe(probe.find(name))
    return 0


def show_suites(*, as_json: bool) -> int:
    """Prints the named sets of probes."""
    if as_json:
        say_json({name: asdict(suite) for name, suite in SUITES.items()})
        return 0
    for name, suite in SUITES.items():
        say_block(_wrapped(f"{name}: {suite.what}."))
        say_block(textwrap.fill(", ".join(suite.probes), 100, initial_indent="  ", subsequent_indent="  "))
        if suite.optional:
            say(f"  not asked without their data: {', '.join(suite.optional)}")
        for probe, options in suite.options.items():
            chosen = " ".join(f"-O {probe}.{option}={_given(value)}" for option, value in options.items())
            say(f"  asked with {chosen}")
    say("", "`fairwitness run MODEL -s NAME` asks one; a probe that this kind of model cannot answer is left out.")
    return 0


def _given(value: bool | int | tuple[str, ...]) -> str:
    """A value as -O takes it."""
    return ",".join(value) if isinstance(value, tuple) else str(value).lower()


def _described(item: Any) -> dict[str, Any]:
    from fairwitness.reports.law import bearing

    options = item.options.model_json_schema()["properties"] if _fields(item) else {}
    metrics = [asdict(metric) for metric in item.metrics]
    return {**asdict(item.spec), "options": options, "metrics": metrics, "bears_on": dict(bearing(item.spec.name))}


def _fields(item: Any) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = item.options.model_fields
    return fields


def _print_probe(item: Any) -> None:
    from fairwitness.reports.law import bearing

    spec = item.spec
    say(f"{spec.name} {spec.version} ({spec.family}): {spec.title}", "")
    for text in (spec.question, spec.why, spec.how_to_read):
        say_block(_wrapped(text) + "\n")
    say(f"Needs {_needs(spec.needs)}.", "")
    _print_list("Options (-O " + spec.name + ".NAME=VALUE):", _option_lines(item))
    _print_list("Metrics:", [_metric_line(metric) for metric in item.metrics])
    _print_list("Data:", [f"{need.name}: {need.what}" + ("" if need.required else " (optional)") for need in spec.data])
    _print_list("Bears on:", [f"{regime}: {rows}" for regime, rows in bearing(spec.name)])
    _print_list("Cannot tell:", spec.limits)
    _print_list("Sources:", spec.citations)


def _option_lines(item: Any) -> list[str]:
    lines = []
    for name, field in _fields(item).items():
        default = "none" if field.default in (None, "", ()) else json.dumps(field.default, default=str)
        lines.append(f"{name}: {field.description or 'no description'} [default: {default}]")
    return lines


def _metric_line(metric: MetricSpec) -> str:
    return f"{metric.name}: {metric.unit or 'a unit that depends on the data'}; {DIRECTIONS[metric.better]}"


def _needs(needs: Iterable[Sequence[str]]) -> str:
    return " or ".join(" and ".join(alternative) or "nothing of the model" for alternative in needs)


def _print_list(title: str, items: Sequence[str]) -> None:
    if items:
        say(title)
        for item in items:
            say_block(textwrap.fill(item, 100, initial_indent="  - ", subsequent_indent="    "))
        say()


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100)


def show_data(name: str | None, *, as_json: bool) -> int:
    """Prints every data set that a probe reads: where it is, or how to get it."""
    from fairwitness.audit import datasets, probe
    from fairwitness.audit.runner.data_binding import for_this_need

    needs = [(need, item.spec) for item in probe.registry().values() for need in item.spec.data]
    known = sorted({need.name for need, _ in needs})
    if name is not None and name not in known:
        raise BadData(f"no data set {name!r}{nearest(name, known)} (`fairwitness data` lists all {len(known)})")
    rows = []
    for need, spec in needs:
        if name in (None, need.name):
            (overview,) = datasets.overview([need], cache_folder())
            how = for_this_need(overview.how, spec, need)
            rows.append({"probe": spec.name, **asdict(need), "source": overview.source, "how": how})
    if as_json:
        say_json(rows)
        return 0
    for row in rows:
        say(f"{row['name']:<16} {'here' if row['source'] else 'missing':<8} {row['source'] or row['how']}")
        say(f"{'':<16} for {row['probe']}: {row['what']}")
        if name is not None:
            say(f"{'':<16} columns {', '.join(row['columns']) or 'any'}; licence {row['licence'] or 'yours'}")
    return 0


def show_schema(name: str, out: Path | None) -> int:
    """Prints a JSON Schema that the package holds, or writes it to a file."""
    from fairwitness.audit import document

    if name not in SCHEMAS:
        raise BadOption(f"no schema {name!r}{nearest(name, SCHEMAS)} (schemas: {', '.join(SCHEMAS)})")
    package, file = SCHEMAS[name]
    text = (files(package) / file).read_text(encoding="utf-8")
    if out is None:
        draw_json(text)
    else:
        document.write_file(out, text)
        say(out)
    return 0


def show_cache() -> int:
    """Prints the cache's place and what it holds."""
    from fairwitness.audit import cache

    folder = cache_folder()
    entries = cache.info(folder)
    say(f"{folder}: {len(entries)} entries, {_size(sum(entry.size for entry in entries))}")
    for entry in entries:
        say(f"  {entry.folder}/{entry.name[:16]}  {_size(entry.size):>10}  last used {entry.age_days:.0f} days ago")
    return 0


def prune_cache(older_than: float | None) -> int:
    """Deletes entries of the cache and says what was won."""
    from fairwitness.audit import cache

    gone = cache.prune(cache_folder(), older_than)
    say(f"deleted {len(gone)} entries, {_size(sum(entry.size for entry in gone))}")
    return 0


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
