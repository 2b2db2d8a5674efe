"""A line of BEC-Pro of which only the person's gender, the wording and the profession matter."""

from __future__ import annotations

from fairwitness.probes.bias.bec_pro.items import Line


def profession_line(gender: str, wording: str, profession: str, dominated: str) -> Line:
    """A line without text about a person of this gender."""
    return Line(
        row=0,
        frame="",
        rest="",
        bare="",
        person=gender,
        gender=gender,
        template=wording,
        key=profession,
        profession="",
        dominated=dominated,
    )
