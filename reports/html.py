"""The report as one self-contained page that sends no request; equal runs give equal bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence, Set
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from fairwitness.audit.records import Audit, Measured, Translated, joined
from fairwitness.reports import LANGUAGES, i18n
from fairwitness.reports.evidence import Cuts, kept_rows
from fairwitness.reports.i18n import Words, catalogue
from fairwitness.reports.view import page

MOST_BYTES, WANTED_BYTES = 10_000_000, 3_000_000
SCRIPT_PLACE, POLICY_PLACE = Markup("\x00script\x00"), Markup("\x00policy\x00")
"""Where script and policy go once the page's texts are known; foreign text holds no such sign when it is cleaned."""
STYLES = ("report.css", "pictures.css")
STEPS = (Cuts(), *(Cuts(rows, None) for rows in (200, 50, 10)), *(Cuts(5, rows) for rows in (1000, 200, 50, 10)))
LAST_OF_PASSING = 3
"""The step that leaves failing rows whole and the fewest passing ones: it may be as large as a page ever is."""


def render(
    audit: Audit, *, language: str = "en", most_bytes: int = MOST_BYTES, wanted_bytes: int = WANTED_BYTES
) -> str:
    """The page. Passing rows of evidence are cut until it is as small as wanted, failing ones only until it fits.

    The page says what is cut; `audit.json` or the evidence folder holds it.
    """
    text = ""
    for cuts in STEPS:
        room = wanted_bytes if cuts.failing is None and cuts != STEPS[LAST_OF_PASSING] else most_bytes
        if least_bytes(audit, cuts) > room:
            continue
        text = draw(audit, language, cuts)
        if len(text.encode()) <= room:
            return text
    return text or draw(audit, language, STEPS[-1])


def least_bytes(audit: Audit, cuts: Cuts) -> int:
    """Bytes that the texts of the evidence alone take with these cuts: what passes a limit need not be drawn."""
    return sum(
        len(cell)
        for result in audit.results
        if isinstance(result, Measured)
        for piece in result.evidence
        for row in kept_rows(piece, cuts)[1]
        for cell in row
        if isinstance(cell, str)
    )


def draw(audit: Audit, language: str, cuts: Cuts) -> str:
    """The page with at most so many rows of evidence a table."""
    terms = [key.removeprefix("glossary.") for key in catalogue(language) if key.startswith("glossary.")]
    with i18n.speaking(language):
        return fill("report.html.j2", language, page=page(audit, cuts), glossary=terms)


def fill(template: str, language: str, *, styles: Sequence[str] = STYLES, **values: object) -> str:
    """A template of a whole page with its words, style sheets, script and the rule that lets it load nothing else."""
    words = Words(language)
    style = Markup("".join(map(asset, styles)))  # noqa: S704 - our own assets
    shared = {
        "t": words.span,
        "tx": words.plain,
        "tl": words.term,
        "said": i18n.said,
        "term": i18n.term,
        "attribute": i18n.attribute,
        "both": i18n.both,
        "series": lambda texts: joined(i18n.both("comma"), texts),
        "translated": lambda text: isinstance(text, Translated) and bool(text.translations),
        "language": language,
        "style": style,
        "script": SCRIPT_PLACE,
        "policy": POLICY_PLACE,
    }
    with i18n.speaking(language):
        text = environment().get_template(template).render(**shared, **values)
    script = _script(language, words.used)
    text = text.replace(SCRIPT_PLACE, script).replace(POLICY_PLACE, _content_policy(style, script))
    return text if text.endswith("\n") else text + "\n"


@cache
def asset(name: str) -> str:
    """A file of the assets folder as text."""
    return (files("fairwitness.reports.assets") / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The template engine: every text is cleaned, escaped and in the language of the page, unknown names are errors."""
    return Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: i18n.shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )


def _script(language: str, keys: Set[str]) -> str:
    """The script with the page's texts in the other language; `<` never ends the script element early."""
    other = next(name for name in LANGUAGES if name != language)
    spoken = {key: text for key, text in catalogue(other).items() if key in keys}
    texts = json.dumps(spoken, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return re.sub(r"\n\s+", "\n", asset("report.js")).replace("/*TEXTS*/{}", texts).replace("/*OTHER*/", other)


def _content_policy(style: str, script: str) -> str:
    def hashed(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    return (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
