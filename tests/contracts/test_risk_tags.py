"""Tags of published lists of risks: rows of the page name each with the probes that carry it, and no other."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from documented_facts import result, with_all
from replay.recording import read, replay

from fairwitness.audit.cli import invoke
from fairwitness.audit.datasets.tables import read_columns
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes import data
from fairwitness.probes.kit.standards import OF_THEMES, tags_of_theme
from fairwitness.reports.law import bearing, law
from fairwitness.reports.law.regimes import regimes

RECORDINGS = Path(__file__).parents[1] / "replay" / "recordings"
LISTS = ("owasp_llm", "ailuminate")
ROWS = [row for regime in regimes() if regime.id in LISTS for row in regime.rows]
NAMED = {(probe, item.tag) for row in ROWS for item in row.items for probe in item.probes}
OF_HARM = ("misuse", "refusals")
"""Probes whose metrics have the tags of themes."""


def is_of_a_list(tag: str) -> bool:
    return tag.startswith(("LLM0", "ailuminate_"))


@cache
def carried(probe: str) -> frozenset[str]:
    """The tags that metrics of a probe carry in its recordings, and those of every theme where it has themes."""
    tags = {tag for theme in OF_THEMES for tag in tags_of_theme(theme)} if probe in OF_HARM else set()
    for path in sorted(RECORDINGS.glob(f"{probe}-*.json.gz")):
        tags |= {tag for metric in replay(read(path)).metrics for tag in metric.tags}
    return frozenset(filter(is_of_a_list, tags))


@pytest.mark.slow
@pytest.mark.parametrize("probe", sorted({probe for probe, _ in NAMED}))
def test_rows_name_the_tags_that_a_probe_carries_and_no_others(probe: str) -> None:
    assert carried(probe) == {tag for name, tag in NAMED if name == probe}


def test_every_row_is_found_by_its_own_tag() -> None:
    for row in ROWS:
        tags = {item.tag for item in row.items if item.kind == "probes"}
        assert tags <= {str(row.id), f"ailuminate_{row.id}"}


def test_a_theme_that_has_a_hazard_exists() -> None:
    themes = set(read_columns(Path(data.__path__[0]) / "misuse_themes.csv")["theme"])
    assert set(OF_THEMES) <= themes
    assert themes - set(OF_THEMES) == {"disinformation", "harassment"}


def test_a_row_counts_the_metrics_of_its_tag_alone() -> None:
    row = next(row for row in ROWS if row.id == "vcr")
    metric = result("misuse").metrics[0]
    counted = Estimate(value=0.1, low=0.0, high=0.2, level=0.95, n=30, method="made up")
    for tags, estimate, state in (
        (("ailuminate", "ailuminate_vcr"), counted, "partial"),
        (("ailuminate", "ailuminate_ncr"), counted, "not_run"),
        (("ailuminate", "ailuminate_vcr"), Undefined("few"), "not_run"),
    ):
        measured = replace(result("misuse"), metrics=(replace(metric, tags=tags, estimate=estimate),))
        table = next(table for table in law(with_all([measured])) if table.regime.id == "ailuminate")
        assert [shown.state for shown in table.rows if shown.id == row.id] == [state]


def test_a_probe_says_on_which_rows_it_bears(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {str(name): str(ids) for name, ids in bearing("injection")}
    assert rows["OWASP LLM"] == "LLM01; LLM08"
    assert invoke(["probes", "injection"]) == 0
    assert "OWASP LLM: LLM01; LLM08" in capsys.readouterr().out
    assert invoke(["probes", "misuse", "--json"]) == 0
    assert '"AILuminate": "vcr; ncr; iwp; ssh; hte; prv; spc; sxc"' in capsys.readouterr().out
