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
from fairwitness.reports.decided import only_a_file
from fairwitness.reports.evidence import Cuts, kept_rows
from fairwitness.reports.i18n import Words, catalogue
from fairwitness.reports.view import page

MOST_BYTES, WANTED_BYTES = 10_000_000, 3_000_000
SCRIPT_PLACE, POLICY_PLACE = Markup("\x00script\x00"), Markup("\x00policy\x00")
"""Where script and policy go once the page's texts are known; foreign text holds no such sign when it is cleaned."""
STYLES = ("report.css", "pictures.css")
STEPS = (Cuts(), *(Cuts(rows, None) for rows in (200, 50, 10)), *(Cuts(5, rows) for rows in (1000, 200, 50, 10)))
OF_TEXTS = {"pz": ("p_z",), "mink": ("min-k",), "zlib": ("zlib",)}
"""Terms that a page explains where heads of its tables have these words."""
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
    with i18n.speaking(language):
        return fill("report.html.j2", language, page=page(audit, cuts), glossary=terms_of(audit))


def terms_of(audit: Audit) -> list[str]:
    """The terms that the glossary of a page explains: those of what it shows."""
    terms = [key.removeprefix("glossary.") for key in catalogue("en") if key.startswith("glossary.")]
    left_out = {"fingerprint"} if only_a_file(audit) else {"fingerprint_file"}
    heads = {
        str(column.name)
        for result in audit.results
        if isinstance(result, Measured)
        for piece in result.evidence
        for column in piece.columns
    }
    for term, words in OF_TEXTS.items():
        if not any(word in head for word in words for head in heads):
            left_out.add(term)
    return [term for term in terms if term not in left_out]


def fill(template: str, language: str, *, styles: Sequence[str] = STYLES, **values: object) -> str:
    """A template of a whole page with its words, style sheets, script and the rule that lets it load nothing else."""
    words = Words(language)
    style = Markup("".join(map(asset, styles)))  # noqa: S704 - our own assets
    shared = {
        "t": words.span,
        "te": words.element,
        "tx": words.plain,
        "tl": words.term,
        "said": i18n.said,
        "element": i18n.element,
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
    with i18n.speaking(language) as spoken:
        text = environment().get_template(template).render(**shared, **values)
    script = _script(language, words.used, list(spoken.forms))
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


def _script(language: str, keys: Set[str], forms: Sequence[str]) -> str:
    """The script with the page's texts in the other language: those of its own by key, those of the document by number.

    `<` never ends the script element early.
    """
    other = next(name for name in LANGUAGES if name != language)
    spoken = {key: text for key, text in catalogue(other).items() if key in keys}
    given = {"/*TEXTS*/{}": _literal(spoken), "/*FORMS*/[]": _literal(forms), "/*OTHER*/": other}
    places = re.compile("|".join(map(re.escape, given)))
    return places.sub(lambda place: given[place[0]], re.sub(r"\n\s+", "\n", asset("report.js")))


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _content_policy(style: str, script: str) -> str:
    def hashed(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    return (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
