"""The line that installs the versions of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from golden.sample import sample

from fairwitness.audit.records import Audit
from fairwitness.reports.html import render
from fairwitness.reports.reproduce import install_line


def with_libraries(libraries: Any) -> Audit:
    audit = sample()
    return replace(audit, manifest=replace(audit.manifest, environment={"libraries": libraries}))


@pytest.mark.slow
def test_versions_are_pinned_without_their_build() -> None:
    audit = with_libraries({"torch": "2.13.0+cpu", "numpy": "2.4.6"})
    assert install_line(audit) == "pip install numpy==2.4.6 torch==2.13.0"
    assert "pip install numpy==2.4.6 torch==2.13.0</code>" in render(audit)


def test_what_is_no_name_or_version_stays_out() -> None:
    audit = with_libraries({"numpy": "2.4.6", "x; rm -rf ~": "1", "y": "1 && true", "--index-url": "3", "z": "$(id)"})
    assert install_line(audit) == "pip install numpy==2.4.6"


@pytest.mark.slow
def test_without_versions_there_is_no_line() -> None:
    for libraries in (None, {}, "torch", {"y": "?"}):
        assert install_line(with_libraries(libraries)) == ""
    assert "Install the same versions" not in render(with_libraries({}))
