"""A judge is a classifier of texts or a model that answers in a chat; anything else is refused before it is loaded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from fairwitness.audit.config import RunConfig
from fairwitness.audit.errors import BadOption
from fairwitness.audit.session import judges, subjects


@pytest.mark.parametrize(("kinds", "good"), [(("Classify",), True), (("Generate",), True), (("Embed",), False)])
def test_a_judge_classifies_or_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kinds: tuple[str, ...], good: bool
) -> None:
    info = SimpleNamespace(capabilities=kinds, architecture="Net", kind="made_up")
    monkeypatch.setattr(subjects, "inspect", lambda config, cache: info)
    config = RunConfig(model="m", judge="j")
    if good:
        judges.check(config, [], tmp_path)
    else:
        with pytest.raises(BadOption, match=r"--judge j: a judge must be a classifier .* this is Net \(made_up\)"):
            judges.check(config, [], tmp_path)
