"""Which pictures a section shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from fairwitness.audit.records import Measured, Picture
from fairwitness.reports.pictures.default import default
from fairwitness.reports.pictures.dots import Dots, dots
from fairwitness.reports.scorecard import Judgements

Drawn: TypeAlias = Dots
"""A picture that is ready to be set on the page; its `kind` names the macro that does so."""


def pictures_of(result: Measured, judgements: Judgements, anchor: str) -> tuple[Drawn, ...]:
    """The pictures of a probe in the order that it names them; `anchor` begins the names of what they define."""
    wanted: Sequence[Picture] = result.pictures or default(result)
    made = [_draw(picture, result, judgements, f"{anchor}-g{number}") for number, picture in enumerate(wanted, start=1)]
    return tuple(picture for picture in made if picture is not None)


def _draw(picture: Picture, result: Measured, judgements: Judgements, anchor: str) -> Drawn | None:
    match picture.kind:
        case "dots":
            return dots(picture, result, judgements, anchor)
        case _:
            return None
