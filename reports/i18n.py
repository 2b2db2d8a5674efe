"""The flat catalogues of the page's own words, and texts of the document in the languages of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

from fairwitness.audit.records.text import ENGLISH, Translated, languages
from fairwitness.audit.words import filled
from fairwitness.reports import LANGUAGES
from fairwitness.reports.text import clean

_PHRASE = re.compile(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}")
PER_CENT = re.compile(r"(?<=\d) %")
"""A number and its sign, which stay on one line in the sentences of ours; what a model said stays as it is."""
SIGNED = {"zh": "%"}
"""What stands between a number and its sign, with the sign; elsewhere a blank that does not break."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of what is drawn, and what its texts are in the other language, each once with its number."""

    language: str
    forms: dict[str, int] = field(default_factory=dict)

    def number(self, form: str) -> int:
        """The number of a text in the other language, by which the script finds it."""
        return self.forms.setdefault(form, len(self.forms))


_SPOKEN: ContextVar[Spoken | None] = ContextVar("the page that is drawn", default=None)


@contextmanager
def speaking(language: str) -> Iterator[Spoken]:
    """Within it, texts of the document are drawn in this language; a page within a page is the same page."""
    around = _SPOKEN.get()
    spoken = around if around is not None and around.language == language else Spoken(language)
    token = _SPOKEN.set(spoken)
    try:
        yield spoken
    finally:
        _SPOKEN.reset(token)


def shown(text: str) -> str:
    """A text of the document, cleaned, in the language of the page; in English where it has no other."""
    return _shown(text)[1]


def turned(text: str) -> Markup:
    """What an element with this text as its content has besides: where the script finds it in the other language."""
    language, form, other = _shown(text)
    foreign = Markup(' lang="{}"').format(language) if language != _language() else Markup()
    page = _SPOKEN.get()
    return foreign + Markup(" data-o={}").format(page.number(other)) if other and other != form and page else foreign


def said(text: str) -> Markup:
    """A text of the document: in an element where the page's script can change it, or where it is in English alone."""
    _, form, other = _shown(text)
    if other:
        return escape(form) if other == form else element("span", text)
    return Markup('<span lang="en">{}</span>').format(form) if _PHRASE.search(form) else escape(form)


def element(tag: str, text: str, kind: str = "") -> Markup:
    """An element of this tag and class that holds a text of the document alone, which the page's script can change."""
    named = Markup(' class="{}"').format(kind) if kind else Markup()
    return Markup("<{0}{1}{2}>{3}</{0}>").format(tag, named, turned(text), shown(text))


def term(text: str) -> Markup:
    """A name or a cell of the document, which is no English text where it has no translation."""
    if isinstance(text, Markup):
        return text
    return said(text) if isinstance(text, Translated) and text.translations else escape(clean(text))


def attribute(name: str, text: str) -> Markup:
    """A text of the document as an attribute that the page's script can change."""
    _, form, other = _shown(text)
    made, page = Markup('{}="{}"').format(name, form), _SPOKEN.get()
    return made + Markup(" data-o-{}={}").format(name, page.number(other)) if other and page else made


def _shown(text: str) -> tuple[str, str, str]:
    """The language that a text is shown in, what it says in it, and what it says in the page's other language."""
    texts = {language: clean(form) for language, form in languages(text).items() if language in LANGUAGES}
    if isinstance(text, Translated):
        texts = {language: PER_CENT.sub(SIGNED.get(language, "\u00a0%"), form) for language, form in texts.items()}
    spoken = _language() if _language() in texts else ENGLISH
    return spoken, texts[spoken], next((form for language, form in texts.items() if language != spoken), "")


def _language() -> str:
    page = _SPOKEN.get()
    return ENGLISH if page is None else page.language


def both(key: str, **values: object) -> str:
    """A text of the catalogues in all of the page's languages, to be joined with texts of the document.

    >>> both("asks.at_least", limit=0.8).translations["zh"]
    '至少为 0.8'
    """
    key = counting(key, values)
    others = {language: catalogue(language)[key] for language in LANGUAGES if language != ENGLISH}
    return filled(Translated(catalogue(ENGLISH)[key], others), values)


def counting(key: str, values: Mapping[str, object]) -> str:
    """The key of the words for one thing, where the count among the values is 1 and the catalogues have such words.

    The count is `total` where there is one, else `n`.

    >>> counting("others", {"n": 1}), counting("others", {"n": 2})
    ('others.one', 'others')
    """
    single = str(values.get("total", values.get("n"))) == "1" and f"{key}.one" in catalogue(ENGLISH)
    return f"{key}.one" if single else key


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language by key. Raises ValueError for a language without a catalogue."""
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for {language!r}; there are {', '.join(LANGUAGES)}")
    read = json.loads((files("fairwitness.reports.assets") / f"{language}.json").read_text(encoding="utf-8"))
    return {str(key): str(text) for key, text in read.items()}


class Words:
    """Looks up texts of one language; unknown keys raise KeyError. `used` are the keys that were looked up."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.used: set[str] = set()
        self._texts = catalogue(language)

    def plain(self, key: str, **values: object) -> str:
        """The text alone, for attributes and titles."""
        key = counting(key, values)
        self.used.add(key)
        return self._texts[key].format(**values)

    def span(self, key: str, **values: object) -> Markup:
        """The text in an element that the page's script can translate."""
        return self.element("span", key, "", **values)

    def element(self, tag: str, key: str, kind: str = "", **values: object) -> Markup:
        """The text as all that an element of this tag and class holds, which the page's script can translate."""
        key = counting(key, values)
        given = Markup(' class="{}"').format(kind) if kind else Markup()
        if values:
            given += Markup(" data-a='{}'").format(_json(values))
        form = escape(self.plain(key, **values))
        return Markup('<{0} data-t="{1}"{2}>{3}</{0}>').format(tag, key, given, form)

    def term(self, key: str) -> Markup:
        """The text as an attribute pair for an accessible name that the page's script can translate."""
        return Markup('aria-label="{}" data-l="{}"').format(self.plain(key), key)


def _json(values: Mapping[str, object]) -> Markup:
    """The values for an attribute in single quotes, in which double quotes need no escape."""
    text = json.dumps(values, ensure_ascii=False, default=str, separators=(",", ":"))
    return Markup(str(escape(text)).replace("&#34;", '"'))  # noqa: S704 - escaped but for the double quotes
