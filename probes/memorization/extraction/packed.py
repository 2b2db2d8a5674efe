"""The extractions of a document in a few bytes each: a corpus has so many documents that their sizes count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Self, overload

from fairwitness.probes.kit.memory.quantities import Extraction

_LAYOUT = Struct("<?dii?iii")
"""Whether there is one, and its fields in their order."""


class Extractions(Sequence[Extraction | None]):
    """One for each prefix, None where the document is too short for it. Does not change.

    >>> Extractions([None, Extraction(-0.5, 50, 50, False, hits=50)])[1].greedy
    True
    """

    __slots__ = ("_packed",)

    def __init__(self, extractions: Iterable[Extraction | None] = ()) -> None:
        self._packed = b"".join(map(_packed, extractions))

    def __len__(self) -> int:
        return len(self._packed) // _LAYOUT.size

    @overload
    def __getitem__(self, place: int) -> Extraction | None: ...

    @overload
    def __getitem__(self, place: slice) -> Self: ...

    def __getitem__(self, place: int | slice) -> Extraction | Self | None:
        if isinstance(place, slice):
            return type(self)([self._at(number) for number in range(len(self))[place]])
        return self._at(range(len(self))[place])

    def _at(self, place: int) -> Extraction | None:
        there, *fields = _LAYOUT.unpack_from(self._packed, place * _LAYOUT.size)
        return Extraction(*fields) if there else None


def _packed(extraction: Extraction | None) -> bytes:
    if extraction is None:
        return bytes(_LAYOUT.size)
    return _LAYOUT.pack(
        True,
        extraction.log_p_z,
        extraction.tokens,
        extraction.common,
        extraction.predictable,
        extraction.hits,
        extraction.first,
        extraction.last,
    )
