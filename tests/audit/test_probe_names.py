"""What a user is told who names a probe that there is not."""

from __future__ import annotations

import pytest

from fairwitness.audit import probe
from fairwitness.audit.errors import UnknownProbe


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gendr", "no probe 'gendr'; did you mean 'gender'?"),
        ("memorization", "no probe 'memorization'; the family memorization has canaries, extraction"),
        ("explanation", "no probe 'explanation'; the family explanation has attention, attribution"),
    ],
)
def test_the_nearest_name_is_told_and_of_a_family_its_probes(name: str, told: str) -> None:
    with pytest.raises(UnknownProbe) as mistake:
        probe.find(name)
    assert str(mistake.value).startswith(told)
