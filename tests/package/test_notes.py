"""Messages that name flags say from Python which arguments these are."""

from __future__ import annotations

from pathlib import Path

import pytest

import fairwitness
from fairwitness.audit.errors import BadOption, MissingOption
from fairwitness.notes import FLAG, SHORT, explain


def notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def test_flags_become_arguments() -> None:
    error = BadOption(
        "--reference names two groups; --trust-remote-code, -p gender and --probe; no-flag x-p --data bbq=x"
    )
    explain(error)
    assert notes(error) == [
        "From Python: --reference is reference=, --trust-remote-code is trust_remote_code=, -p is probes=, "
        "--probe is probes=, --data is data=."
    ]
    plain = BadOption("no setting 'x'")
    explain(plain)
    assert notes(plain) == []


def test_a_missing_option_comes_with_the_columns_that_there_are(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text("sex,granted\nf,1\nm,0\n")
    with pytest.raises(MissingOption) as caught:
        fairwitness.run(f"predictions:{file}", probes="group_fairness", quiet=True)
    assert notes(caught.value)[0].startswith("From Python: --prediction is prediction=")
    assert notes(caught.value)[1] == "Columns: 'sex' (2 different texts), 'granted' (2 different numbers)."


def test_every_flag_that_a_note_translates_is_one() -> None:
    from typer.main import get_command

    from fairwitness.audit.cli import app

    run = get_command(app).commands["run"]  # type: ignore[attr-defined]
    known = {flag for parameter in run.params for flag in parameter.opts}
    assert set(SHORT) <= known
    assert all(FLAG.fullmatch(flag) for flag in SHORT)
