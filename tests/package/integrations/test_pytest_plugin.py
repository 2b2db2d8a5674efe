"""The plugin for pytest: audits run where they are asked for, their policy decides, and nobody else notices it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pandas as pd
import pytest

import fairwitness

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.slow
MODULE = "fairwitness.integrations.pytest_plugin"
INSTALLED = any(point.value == MODULE for point in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", MODULE)
"""Where the package is installed with its entry points pytest loads the plugin by itself."""
Run = Callable[..., pytest.RunResult]

DECISIONS = """
    import pandas as pd
    import pytest
    import fairwitness

    def decisions(rows, share_of_b):
        groups = ["ab"[at % 2] for at in range(rows)]
        decided = [int((at // 2) % (share_of_b if group == "b" else 2) == 0) for at, group in enumerate(groups)]
        return fairwitness.Predictions(pd.DataFrame({"group": groups, "granted": decided}), "granted")

    RULE = '[[rules]]\\nid = "four-fifths"\\nselect = "group_fairness/impact_ratio"\\nop = ">="\\nvalue = 0.8\\n'
    OPEN = 'on_inconclusive = "ignore"\\n'
    WAIVER = '''
    [[waivers]]
    select = "group_fairness/impact_ratio[groups=group]"
    reason = "known"
    owner = "risk@example.com"
    expires = 2999-01-01
    '''
    ASKED = {"probes": "group_fairness", "group": "group", "favourable": "1"}
"""


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported() -> None:
    """Each run within this process forgets what it imported, and numpy cannot be imported a second time."""
    people = pd.DataFrame({"group": list("ab") * 40, "granted": [0, 1, 1, 0] * 20})
    model = fairwitness.Predictions(people, "granted")
    fairwitness.run(model, probes="group_fairness", group="group", favourable="1", quiet=True)


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs a file of tests with the plugin."""

    def ran(source: str, *words: str) -> pytest.RunResult:
        pytester.makepyfile(textwrap.dedent(DECISIONS) + textwrap.dedent(source))
        return pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", *words)

    return ran


AUDITS = """
    def test_fair(fairwitness_run):
        report = fairwitness_run(decisions(3000, 2), policy="version = 1\\n" + RULE, **ASKED)
        assert report.outcome == "pass"

    def test_unfair(fairwitness_run):
        fairwitness_run(decisions(3000, 5), policy="version = 1\\n" + RULE, **ASKED)

    def test_open(fairwitness_run):
        fairwitness_run(decisions(60, 2), policy="version = 1\\n" + RULE, **ASKED)

    def test_waived(fairwitness_run):
        fairwitness_run(decisions(3000, 5), policy="version = 1\\n" + RULE + WAIVER, **ASKED)

    def test_nothing_judged(fairwitness_run):
        rule = RULE.replace("group_fairness/impact_ratio", "gender/gap")
        fairwitness_run(decisions(3000, 2), policy="version = 1\\n" + rule, **ASKED)

    def test_mistake(fairwitness_run):
        fairwitness_run(decisions(3000, 2), **{**ASKED, "group": "grup"})

    @pytest.mark.fairwitness
    def test_marked():
        assert False, "it ran"

    def test_other():
        pass
"""


def test_audits_are_skipped_where_nobody_asks_for_them(run: Run) -> None:
    result = run(AUDITS, "-rs", "--strict-markers")
    result.assert_outcomes(passed=1, skipped=7)
    result.stdout.fnmatch_lines(["*audits a model: add --fairwitness"])


def test_the_policy_decides_the_test(run: Run) -> None:
    result = run(AUDITS, "--fairwitness", "-rA", "-k", "not marked")
    result.assert_outcomes(passed=3, failed=3, errors=1)
    said = result.stdout.str()
    assert "Traceback" not in said
    assert "pytest_plugin.py" not in said
    for test, sentence in {
        "test_unfair": "four-fifths: ",
        "test_open": "inconclusive: group_fairness",
        "test_nothing_judged": "fairwitness/outcome: ",
        "test_mistake": "'grup'",
    }.items():
        assert sentence in section(said, test), test
    assert "waived: group_fairness" in section(said, "test_waived")
    assert "report: " in section(said, "test_unfair")
    assert "passed" not in section(said, "test_unfair"), "only what stops the release is told"


def section(said: str, test: str) -> str:
    """What pytest shows of one test."""
    return said.split(f"{test} ___")[1].split("\n___")[0].split("\n===")[0]


def test_a_crash_is_an_error_and_no_failure(run: Run) -> None:
    result = run(
        """
        from fakes import FakeProbe, spec

        def body(ctx):
            raise RuntimeError("broken inside")
            yield

        def test_crash(fairwitness_run):
            probe = FakeProbe(spec("broken", needs=(("Classify",),)), body)
            model = fairwitness.Classifier(lambda texts: [[0.5, 0.5] for _ in texts], ["no", "yes"])
            fairwitness_run(model, probes=[probe], policy="report-only")
        """,
        "--fairwitness",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR at call of test_crash*", "*broken inside*"])
    assert result.ret == 1


def test_no_test_swallows_an_audit_that_was_not_carried_out(run: Run) -> None:
    result = run(
        """
        class Crashed:
            exit_code, outcome, folder = 3, "incomplete", __import__("pathlib").Path("run")

        @pytest.fixture
        def crashed(monkeypatch):
            monkeypatch.setattr("fairwitness.integrations.pytest_plugin._told", lambda report: "broken inside")
            monkeypatch.setattr("fairwitness.integrations.pytest_plugin._lines", lambda report, *standings: [])
            return Crashed()

        def test_crash(crashed, fairwitness_check):
            try:
                fairwitness_check(crashed)
            except Exception:
                pass

        def test_mistake(fairwitness_run):
            try:
                fairwitness_run(decisions(60, 2), **{**ASKED, "group": "grup"})
            except Exception:
                pass

        def test_no_failure(crashed, fairwitness_check):
            with pytest.raises(pytest.fail.Exception):
                fairwitness_check(crashed)

        @pytest.fixture
        def at_the_end(crashed, fairwitness_check):
            yield
            fairwitness_check(crashed)

        def test_end(at_the_end):
            pass

        def test_next():
            pass
        """,
        "--fairwitness",
    )
    result.assert_outcomes(passed=2, errors=4)
    result.stdout.fnmatch_lines(["*ERROR at call of test_crash*", "*broken inside*", "*'grup'*"])
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_end*"])
    assert "Traceback" not in result.stdout.str()


def test_a_shared_report_is_checked_where_it_is_used(run: Run) -> None:
    result = run(
        """
        @pytest.fixture(scope="module")
        def report():
            policy = "version = 1\\n" + RULE + OPEN.replace("ignore", "fail")
            return fairwitness.run(decisions(3000, 5), policy=policy, quiet=True, **ASKED)

        def test_policy(report, fairwitness_check):
            fairwitness_check(report)

        @pytest.mark.fairwitness
        def test_something_of_its_own(report):
            assert len(report.metrics) > 3
        """,
        "--fairwitness",
        "--junit-xml=tests.xml",
    )
    result.assert_outcomes(passed=1, failed=1)
    assert 'name="fairwitness_outcome" value="fail"' in Path("tests.xml").read_text()


SEEN = "import sys, pytest; code = pytest.main({words}); sys.exit(code or ' '.join(sorted(sys.modules)))"


def modules(folder: Path, *words: str) -> set[str]:
    """What is imported by a pytest that runs one small test in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SEEN.format(words=["-q", "-p", "no:cacheprovider", *words])],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    return set(done.stderr.split())


def test_who_does_not_use_it_imports_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "test_small.py").write_text("def test_small():\n    pass\n")
    without, beside = modules(tmp_path), modules(tmp_path, "-p", MODULE)
    ours = {name for name in beside - without if name.partition(".")[0] == "fairwitness"}
    assert ours == {"fairwitness", "fairwitness.integrations", MODULE}
    heavy = {"torch", "transformers", "pandas", "numpy", "pydantic", "typer", "rich"}
    assert not heavy & beside - without


def test_warnings_as_errors_and_strict_settings_hold(tmp_path: Path) -> None:
    (tmp_path / "test_small.py").write_text("def test_small():\n    pass\n")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\nxfail_strict = true\n"
    )
    modules(tmp_path, "-p", MODULE)
