"""What formats of the report there are, and what they need."""

from __future__ import annotations

import subprocess
import sys

import pytest
from golden.sample import sample

from fairwitness.reports import FORMATS


@pytest.mark.slow
def test_formats_name_a_file_and_draw() -> None:
    assert FORMATS["html"].files == ("report.html",)
    for output in FORMATS.values():
        drawn = output.draw(sample())
        assert tuple(drawn)[: len(output.files)] == output.files
        assert all(file.startswith(f"{output.folder}/") for file in list(drawn)[len(output.files) :])
        assert all(drawn.values())


@pytest.mark.slow
def test_reports_need_no_torch_and_no_probes() -> None:
    code = (
        "import sys, fairwitness.reports, fairwitness.reports.terminal, fairwitness.reports.markdown;"
        "import fairwitness.reports.html;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'pyarrow', 'fairwitness.probes')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_importing_the_list_of_formats_is_light() -> None:
    code = "import sys, fairwitness.reports; sys.exit(any(name in sys.modules for name in ('jinja2', 'rich', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
