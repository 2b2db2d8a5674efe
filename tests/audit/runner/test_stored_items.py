"""What a probe asked row by row: in a file where the run has a folder, else held, and nowhere after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwitness.audit import document, policy, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Audit, Failed, Measured, ScoredItems, StoredItems
from fairwitness.audit.requests import Classify
from fakes import INFO, FakeModel, FakeProbe, spec

ITEMS = ScoredItems(ids=("a", "b"), scores={"gap": (0.5, None)}, unanswered=(False, True))


def probe(name: str, items: object) -> FakeProbe:
    def body(ctx: Context) -> ProbeRun:
        yield [Classify("text")]
        return Findings(metrics=[], items=items)  # type: ignore[arg-type]

    return FakeProbe(spec(name), body)


def run(*probes: FakeProbe, folder: Path | None = None) -> Audit:
    judging, info = policy.load(None)
    supplied = runner.provide([probe.spec for probe in probes], {})
    chosen = [(probe, Options()) for probe in probes]
    return runner.run(chosen, Engine(FakeModel()), INFO, supplied, {}, judging, info, output=folder)


def test_without_a_folder_the_result_holds_them_and_with_one_names_them(tmp_path: Path) -> None:
    [held] = run(probe("one", ITEMS)).results
    assert isinstance(held, Measured)
    assert held.items == ITEMS
    made = run(probe("one", ITEMS), folder=tmp_path)
    [named] = made.results
    assert isinstance(named, Measured)
    assert isinstance(named.items, StoredItems)
    (tmp_path / document.LOG).write_text('{"event": "run"')
    document.write(made, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.json", "items", "log.jsonl"]
    [read] = document.with_items(document.read(tmp_path), tmp_path).results
    assert isinstance(read, Measured)
    assert read.items == ITEMS


@pytest.mark.parametrize(
    ("items", "told"),
    [("rows", "items of type str"), (ScoredItems(ids=(7,), scores={}, unanswered=(False,)), "does not fit its column")],  # type: ignore[arg-type]
)
def test_what_is_no_items_fails_its_probe_alone_and_leaves_no_file(tmp_path: Path, items: object, told: str) -> None:
    made = {
        result.probe.name: result for result in run(probe("one", ITEMS), probe("bad", items), folder=tmp_path).results
    }
    assert isinstance(made["one"], Measured)
    assert isinstance(made["bad"], Failed)
    assert told in made["bad"].reason
    [pending] = tmp_path.iterdir()
    assert [path.name for path in pending.iterdir()] == ["one.parquet"]
