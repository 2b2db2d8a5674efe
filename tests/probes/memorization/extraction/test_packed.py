"""What is kept of the documents of a corpus takes little memory, and comes back as it was."""

from __future__ import annotations

import sys

import pytest

from fairwitness.probes.kit.memory.quantities import Extraction
from fairwitness.probes.memorization.extraction.packed import Extractions

THREE = (Extraction(-0.25, 50, 50, True, 49, 120, 310), None, Extraction(-1e-300, 50, 0, False))


def test_extractions_come_back_as_they_were() -> None:
    packed = Extractions(THREE)
    assert tuple(packed) == THREE
    assert (len(packed), packed[0], packed[1], packed[-1]) == (3, THREE[0], None, THREE[2])
    assert tuple(packed[1:]) == THREE[1:]
    assert not Extractions()
    with pytest.raises(IndexError):
        packed[3]


def test_five_of_them_take_less_than_two_as_they_are() -> None:
    held = sum(map(sys.getsizeof, (extraction := THREE[0], extraction.log_p_z, extraction.last)))
    assert sys.getsizeof(Extractions(THREE[:1] * 5)._packed) < 2 * held
