"""`fairwitness variants`: a model and its compressed variants, asked the same and compared in one family of tests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit import compression, document, outcomes
from fairwitness.audit import config as settings
from fairwitness.audit.cli.terminal import Screen, coloured, draw, draw_json, say, tell
from fairwitness.audit.comparison.variant_set import to_json
from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.session import variants
from fairwitness.reports import LANGUAGES

OWN = (
    "forms", "variant", "out", "margin", "min_effect", "no_speed", "language", "as_json", "exit_zero", "quiet",
    "option",
)  # fmt: skip
"""Options that are no settings of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the result is shown."""

    language: str
    as_json: bool
    exit_zero: bool
    quiet: bool


def variants_command(values: Mapping[str, Any], shown: Shown) -> int:
    """Makes, asks, compares, writes and prints; gives the exit code."""
    if shown.language not in LANGUAGES:
        languages = ", ".join(LANGUAGES)
        raise BadOption(f"no language {shown.language!r}{nearest(shown.language, LANGUAGES)} (languages: {languages})")
    wanted = wanted_of(values)
    made = variants.perform(
        wanted,
        lambda: Screen(quiet=shown.quiet, verbose=False),
        lambda line: None if shown.quiet else tell(line),
    )
    paths = variants.saved(made, wanted.out, shown.language)
    code = outcomes.exit_code(made.exit_code, exit_zero=shown.exit_zero)
    changed = "" if code == made.exit_code else f" ({code} because of --exit-zero)"
    lines = [f"exit code {made.exit_code}{changed}", *(f"wrote {path}" for path in paths)]
    if shown.as_json:
        draw_json(document.dump(to_json(made)))
        tell(*lines)
        return code
    from fairwitness.reports.variants import terminal

    width = shutil.get_terminal_size((110, 24)).columns
    draw(terminal.render(made, width, coloured(), shown.language) + "\n")
    say(*lines)
    return code


def wanted_of(values: Mapping[str, Any]) -> variants.Wanted:
    """What the options ask for. Raises BadOption."""
    recipes = compression.recipes_of(list(values.get("forms") or ()))
    named = compression.named_of(list(values.get("variant") or ()), recipes)
    given = {key: value for key, value in values.items() if key not in OWN and value not in (None, False, [], ())}
    if values.get("option"):
        given["probe"] = settings.options_from(list(values["option"]))
    return variants.Wanted(
        settings={key: str(value) if isinstance(value, Path) else value for key, value in given.items()},
        recipes=recipes,
        named=named,
        out=Path(values["out"]),
        margin=values.get("margin"),
        min_effect=values.get("min_effect"),
        speed=not values.get("no_speed"),
    )
