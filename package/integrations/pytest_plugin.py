"""Audits as tests: the mark `fairwitness`, and fixtures that run an audit and let its policy decide the test.

Every pytest of an environment loads this module, so it imports nothing but pytest until an audit is asked for. Marked
tests, and those that use a fixture of this module, are skipped without `--fairwitness`: an audit takes its time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from _pytest.outcomes import OutcomeException

if TYPE_CHECKING:
    from fairwitness.report import Report

MARK = "fairwitness"
FLAG = "--fairwitness"
RUN, CHECK = "fairwitness_run", "fairwitness_check"
CRASHED = "fairwitness_crashed"
"""The property of a report of pytest that says that there was no audit to judge."""
MOST_LINES = 20
Check: TypeAlias = "Callable[[Report], None]"


class AuditError(OutcomeException):
    """An audit that could not be carried out: the test is an error and not a failure.

    As with all outcomes of pytest no `except Exception` of a test takes it away, and no `pytest.raises` of a failure.
    """


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the flag without which no audit runs."""
    group = parser.getgroup(MARK, "audits of models")
    group.addoption(FLAG, action="store_true", default=False, help="run the tests that audit a model")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", f"{MARK}: audits a model; runs only with {FLAG}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips audits that nobody asked for."""
    if config.getoption(FLAG):
        return
    skip = pytest.mark.skip(reason=f"audits a model: add {FLAG}")
    for item in items:
        if item.get_closest_marker(MARK) or not {RUN, CHECK}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says of an audit that was not carried out why, without the way through our code."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, AuditError):
        report.longrepr = str(call.excinfo.value)
        report.user_properties.append((CRASHED, "yes"))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, str] | None:
    """An audit that was not carried out is an error, wherever in the test it was asked for."""
    if report.failed and (CRASHED, "yes") in getattr(report, "user_properties", ()):
        return "error", "E", "ERROR"
    return None


@pytest.fixture
def fairwitness_check(request: pytest.FixtureRequest) -> Check:
    """Lets the policy of an audit decide: `fairwitness_check(report)` returns where its exit code is 0.

    Otherwise the test fails with a sentence for each verdict that stops a release, or is an error where a probe
    crashed. What was waived, left open by a key of the policy, or only warns is a note (`pytest -rP` shows it).
    """

    def check(report: Report) -> None:
        request.node.user_properties.append(("fairwitness_outcome", report.outcome))
        if notes := _lines(report, "set_aside", "warns"):
            request.node.add_report_section("call", MARK, "\n".join(notes))
        if report.exit_code == 3:
            raise AuditError(_told(report))
        if report.exit_code:
            pytest.fail(_told(report), pytrace=False)

    return check


@pytest.fixture
def fairwitness_run(fairwitness_check: Check, tmp_path: Path) -> Callable[..., Report]:
    """Runs an audit and lets its policy decide: takes what `fairwitness.run` takes and gives its report."""
    runs = 0

    def run(model: Any, data: Any = None, **settings: Any) -> Report:
        nonlocal runs
        import fairwitness
        from fairwitness.audit.errors import FairwitnessError

        runs += 1
        try:
            report = fairwitness.run(model, data, **{"quiet": True, "out": tmp_path / f"audit-{runs}", **settings})
        except FairwitnessError as mistake:
            raise AuditError(str(mistake)) from mistake
        fairwitness_check(report)
        return report

    return run


def _told(report: Report) -> str:
    """What stops the release, a sentence for each verdict or crash, worst first, and where to read on."""
    lines = [f"{_name(report)}: {report.outcome.replace('_', ' ')}, exit code {report.exit_code}"]
    return "\n".join([*lines, *_lines(report, "stops"), f"report: {report.folder / 'report.html'}"])


def _lines(report: Report, *standings: str) -> list[str]:
    """A sentence for each verdict that stands so; where no verdict does and the run is no pass, one for the run."""
    from fairwitness.reports.outputs.cases import problems

    messages = [
        f"{problem.rule}: {problem.message}" for problem in problems(report.audit) if problem.standing in standings
    ]
    rest = len(messages) - MOST_LINES
    return messages if rest <= 0 else [*messages[:MOST_LINES], f"{rest} more are in the report"]


def _name(report: Report) -> str:
    from fairwitness.reports.text import line

    return line(report.audit.manifest.subject.spec)
