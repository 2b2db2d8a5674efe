"""A report: the tables of its document, its findings, its card, and the folder it stands for."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import fairwitness
from fairwitness.audit import document
from fairwitness.audit.errors import BadRun, UnknownProbe, UnknownTable
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Column, Estimate, Evidence, Measured
from fairwitness.audit.runner.row_writers import GROUP
from fairwitness.reports import view
from fairwitness.reports.evidence import Cuts
from fakes import FakeProbe, spec

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> fairwitness.Report:
    """Decisions of two groups, one of them with a hostile name; a fifth of it is selected, half of the other."""
    rows = []
    for number in range(600):
        group = (HOSTILE, "b")[number % 2]
        chosen = (number // 2) % (5 if number % 2 else 2) == 0
        rows.append({"group": group, "truth": (number // 4) % 2, "decision": int(chosen)})
    file = tmp_path_factory.mktemp("hostile") / "decisions.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    columns = {"label": "truth", "prediction": "decision", "group": "group"}
    return fairwitness.run(f"predictions:{file}", probes="group_fairness", quiet=True, **columns)


@pytest.mark.slow
def test_metrics_are_those_of_the_document(report: fairwitness.Report) -> None:
    frame = report.metrics
    metrics = [metric for result in report.audit.results if isinstance(result, Measured) for metric in result.metrics]
    assert len(frame) == len(metrics)
    for (_, row), metric in zip(frame.iterrows(), metrics, strict=True):
        assert (row.metric, row.unit) == (metric.name, metric.unit)
        if isinstance(metric.estimate, Estimate):
            assert (row.value, row.low, row.high, row.n) == (
                metric.estimate.value, metric.estimate.low, metric.estimate.high, metric.estimate.n,
            )  # fmt: skip
        else:
            assert pd.isna(row.value)
            assert row.undefined == metric.estimate.kind
    failing = frame[frame.outcome == "fail"]
    assert "selection_rate_ratio" in set(failing.metric)


@pytest.mark.slow
def test_verdicts_are_those_of_the_document(report: fairwitness.Report) -> None:
    frame = report.verdicts
    assert list(frame.outcome) == [verdict.outcome for verdict in report.audit.verdicts]
    assert list(frame.counts) == [verdict.counts for verdict in report.audit.verdicts]
    assert f"vs {HOSTILE}" in " ".join(frame.group)


def test_evidence_is_had_by_its_id(report: fairwitness.Report) -> None:
    listed = report.evidence()
    for row in listed.itertuples():
        frame = report.evidence(f"{row.probe}/{row.id}")
        assert len(frame) == row.rows
        assert list(frame.columns) == row.columns
        assert frame.attrs["caption"] == row.caption
    name = str(listed.id[0])
    assert report.evidence(name).equals(report.evidence(f"group_fairness/{name}"))
    with pytest.raises(UnknownTable, match=rf"no evidence '{name}x'; did you mean '{name}'\?"):
        report.evidence(f"{name}x")


def many_rows(ctx: Context) -> ProbeRun:
    writer = ctx.open_table("all", "every row", (Column("row", "number"),))
    yield []
    for row in range(2 * GROUP):
        writer.add((row,))
    return Findings(metrics=[], evidence=[writer.evidence()])


def test_rows_that_stand_in_a_file_alone_are_read_and_checked(report: fairwitness.Report, tmp_path: Path) -> None:
    file = report.audit.manifest.subject.spec
    probe = FakeProbe(spec("many", (("Predict",),)), many_rows)
    made = fairwitness.run(file, probes=[probe], prediction="decision", policy="report-only", quiet=True)
    assert list(made.evidence("all")["row"]) == list(range(2 * GROUP))
    assert str(made.audit.manifest.config["command"]).startswith("fairwitness.run('predictions:")
    kept = fairwitness.read(made.save(tmp_path / "kept"))
    [stored] = (kept.folder / "evidence").iterdir()
    stored.write_bytes(stored.read_bytes()[:-1])
    with pytest.raises(BadRun, match="is not the file that"):
        kept.evidence("all")


def test_a_lone_surrogate_breaks_no_table(report: fairwitness.Report) -> None:
    (result,) = [result for result in report.audit.results if isinstance(result, Measured)][:1]
    metric = replace(result.metrics[0], unit="half \ud83d", claim="\udce9 is half")
    piece = Evidence(
        id="odd", caption="odd", kind="table", columns=(Column("a\ud83d", "text"),), rows=(("\udce9",),), total=1
    )
    odd = replace(report.audit, results=(replace(result, metrics=(metric,), evidence=(piece,)),))
    broken = fairwitness.Report(odd, report.folder)
    assert list(broken.metrics["unit"]) == ["half \ufffd"]
    assert broken.evidence("odd")["a\ufffd"].tolist() == ["\ufffd"]


@pytest.mark.slow
def test_findings_are_those_of_the_page_and_read_as_a_line(report: fairwitness.Report) -> None:
    assert [str(finding) for finding in report.findings] == [
        str(finding) for finding in view.page(report.audit, Cuts()).findings
    ]
    first = str(report.findings[0])
    assert first.startswith("fail: ")
    assert "limit" in first


def test_saving_takes_the_place_of_a_run_and_of_nothing_else(report: fairwitness.Report, tmp_path: Path) -> None:
    target = report.save(tmp_path / "run")
    (target / "evidence" / "old.parquet").write_text("of the run before")
    report.save(target)
    assert not (target / "evidence" / "old.parquet").exists()
    assert document.read(target) == report.audit
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(BadRun, match="is not empty and holds no Fairwitness run"):
        report.save(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_it_is_neither_true_nor_false(report: fairwitness.Report) -> None:
    with pytest.raises(TypeError, match="outcome == 'pass'"):
        assert report


def test_what_it_says_of_itself(report: fairwitness.Report) -> None:
    said = repr(report)
    assert said.startswith("<Report: fail, exit code 1; predictions:")
    assert said.endswith(f"{report.folder / 'report.html'}>")


class Elements(HTMLParser):
    """The names of the elements of a page, its text, and addresses in it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.slow
def test_the_card_is_small_whole_and_escapes_what_is_hostile(report: fairwitness.Report) -> None:
    card = report._repr_html_()
    page = Elements()
    page.feed(card)
    assert set(page.names) <= {"div", "style", "p", "span", "ul", "li", "b", "br", "code"}
    assert page.addresses == []
    assert HOSTILE in page.text
    assert "▲ Fail" in page.text
    assert str(report.folder / "report.html") in page.text
    assert "save(folder) keeps it" in page.text
    assert page.names.count("li") == min(3, len(report.findings))
    assert len(card) < 8_000
    kept = fairwitness.Report(report.audit, report.folder)
    assert "save(folder)" not in kept._repr_html_()


def test_rows_of_decisions_are_had_by_their_probe(report: fairwitness.Report, tmp_path: Path) -> None:
    rows = report.items("group_fairness")
    assert len(rows) == 600
    assert set(rows["group.group"]) == {HOSTILE, "b"}
    by_group = rows.groupby("group.group")["selected"].mean()
    ratio = by_group["b"] / by_group[HOSTILE]
    told = report.metrics.query("metric == 'selection_rate_ratio'").value.iloc[0]
    assert ratio == pytest.approx(told)
    with pytest.raises(UnknownProbe, match=r"asked no probe 'group_fairnes'; did you mean 'group_fairness'\?"):
        report.items("group_fairnes")
    kept = fairwitness.read(report.save(tmp_path / "kept"))
    assert kept.items("group_fairness").equals(rows)
    [file] = (kept.folder / "items").iterdir()
    file.write_bytes(b"other")
    with pytest.raises(BadRun):
        kept.items("group_fairness")
