"""Each metric that a probe declares is declared once; that it finds these and no others is seen in tests/replay."""

from __future__ import annotations

import pytest

from fairwitness.audit.probe import find, registry


@pytest.mark.parametrize("name", registry())
def test_each_metric_is_declared_once(name: str) -> None:
    names = [spec.name for spec in find(name).metrics]
    assert names
    assert len(set(names)) == len(names)
