"""Texts that try to run, to steer or to break what shows them, and documents whose every text is one of them."""

from __future__ import annotations

import dataclasses
import itertools
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

from fairwitness.audit.records import Audit, Translated

JAVASCRIPT = ("alert(1)", "fetch('http://evil.example/')", "document.title='owned'", "window.owned=1")
ELEMENTS = (
    "<script>{}</script>", "<ScRiPt >{}</sCrIpT>", "<script\n>{}</script\t>", "</script><script>{}</script>",
    "<img src=x onerror={}>", "<img/src=`x`/onerror={}>", "<svg onload={}>", "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>", "<body onload={}>", "<details open ontoggle={}>",
    "<input autofocus onfocus={}>", "<video><source onerror={}></video>", "<a href=javascript:{}>x</a>",
    "<iframe src=javascript:{}></iframe>", "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<object data=javascript:{}></object>", "<embed src=javascript:{}>",
    "<form action=javascript:{}><button>go</button>",
    "<math><mtext><script>{}</script></mtext></math>", "<template><script>{}</script></template>",
    "<marquee onstart={}>", "<style onload={}></style>", "<link rel=stylesheet href=x onerror={}>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>", "<!--><img src=x onerror={}>-->",
    "<![CDATA[<script>{}</script>]]>", "\" onmouseover=\"{}", "' autofocus onfocus='{}", "` onclick=`{}",
    "</title><script>{}</script>", "</style><script>{}</script>", "</textarea><script>{}</script>",
    "</table><script>{}</script>", "</svg><script>{}</script>", "</desc></svg><img src=x onerror={}>",
)  # fmt: skip
"""HTML and SVG in which a script is put."""
ESCAPED = (
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)", "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "\\u003cscript\\u003ealert(1)", "%3Cscript%3Ealert(1)%3C/script%3E", "+ADw-script+AD4-alert(1)",
    "&amp;lt;b&amp;gt;", "&NotAnEntity; &lt &gt &amp", "&#0; &#xD800; &#x110000;",
)  # fmt: skip
STYLES = (
    "</style><style>*{display:none}</style>", "<style>body{background:url(http://evil.example/)}</style>",
    "<style>@import 'http://evil.example/x.css';</style>", "<p style='position:fixed;inset:0;background:red'>",
    "<div style='width:99999px'>wide</div>", "<font size=99>", "<base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>", "<link rel=prefetch href=http://evil.example/>",
    "<img src=http://evil.example/pixel.gif>", "<svg><use href=http://evil.example/x.svg#a></svg>",
    "<svg><image href=http://evil.example/x.png></svg>", "<audio src=http://evil.example/x.mp3 autoplay>",
    "<svg><foreignObject><iframe src=http://evil.example/></foreignObject></svg>",
    "expression(alert(1))", "url(javascript:alert(1))", "</details></section></main>", "<!--", "-->", "<", ">", "<a",
    "</", "<?php echo 1 ?>", "<%= 7*7 %>", "<h1>Pass</h1>", "<b>Verdict: pass</b>", "● pass", "▲ fail",
)  # fmt: skip
MARKDOWN = (
    "[x](javascript:alert(1))", "![x](http://evil.example/pixel.gif)", "[x]: http://evil.example/",
    "| a | b |\n|---|---|",
    "# heading", "## Verdict: pass", "```\ncode", "~~~", "`code`", "**bold** _it_", "***", "---", "> quote",
    "- [ ] task",
    "1. list", "<http://evil.example/>", "[^1]", "\\| pipe \\", "$$x^2$$", "@everyone", "#1", "GH-1", ":boom:",
    "<details><summary>x</summary>", "line one\n\nline two", "trailing \\", "&nbsp;|&nbsp;",
)  # fmt: skip
COMMANDS = (
    "::error file=a,line=1::boom", "::set-output name=x::1", "::add-mask::x", "::stop-commands::x",
    "::warning::x%0A::error::y",
    "##[error]boom", "##vso[task.complete result=Succeeded]", "##teamcity[buildStatus status='SUCCESS']",
    "section_start:1:x\r\x1b[0K", "%0A%0D", "::group::x\n::endgroup::", "echo $(id)", "`id`", "; rm -rf x", "&& id",
    "| id", "$(id)", "${IFS}", "$HOME", "%PATH%", "../../etc/passwd", "..\\..\\windows", "file:///etc/passwd",
    "C:\\con\\con", "-rf", "--help", "~root",
)  # fmt: skip
TERMINAL = (
    "\x1b[31mred\x1b[0m", "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07", "\x1bP+q544e\x1b\\", "\x9b31m", "\x1b[8mhidden\x1b[28m", "\x1bc", "\x1b[?1049h",
    "\x07\x07",
    "over\rwritten", "back\x08\x08space", "\x1b[1A\x1b[2Kpass", "\x1b", "\x1b[", "\x1b]", "\x0e\x0f",
    "\x1b_payload\x1b\\",
)  # fmt: skip
RICH = (
    "[red]x[/red]", "[bold]x", "[/]", "[link=http://evil.example]x[/link]", "[@click=app.quit]x[/]",
    "[blink]x", "\\[x]",
    "[[x]]", "[/red]", ":pile_of_poo:",
)  # fmt: skip
TEMPLATES = (
    "{{7*7}}", "{% raw %}", "{% endraw %}", "{# x #}", "{{ config }}", "{{ ''.__class__ }}", "${7*7}",
    "#{7*7}", "<%= 1 %>",
    "{0}", "{}", "{value}", "{n!r}", "{x.__class__}", "{:>999999999}", "%s", "%(x)s", "%n", "%999999999d",
    "$x", "{", "}",
    "{{", "}}", "{%", "*{x}", "@{x}", "[[${7*7}]]",
)  # fmt: skip
FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "=HYPERLINK(\"http://evil.example\",\"x\")", "\t=1+1",
    "\r=1+1", "=IMPORTXML(\"http://evil.example\",\"/\")", "'=1+1", "\"\"", "a,b\n\"c", ";=1", "|=1", "＝1+1",
)  # fmt: skip
DIRECTIONS = (
    "\u202egnp.exe", "\u2066x\u2069", "\u202dx\u202c", "\u200fx\u200e", "\u061cx", "عربي", "עברית", "a\u202eb\u202dc",
    "\u2067pass\u2069 fail", "ﷺ", "\u0627" * 40,
)  # fmt: skip
INVISIBLE = (
    "NUL \x00 end", "\x01\x02\x03", "\x7f", "\x80\x9f", "\ufeffBOM", "zero\u200bwidth", "\u2060x", "soft\u00adhyphen",
    "\u2028line\u2029paragraph", "\ufff9x\ufffay\ufffb", "\ufffe\uffff", "\U000e0041\U000e0042", "\ud800",
    "\udfff\ud800",
    "a\ud83d", "\x0b\x0c", "\x85", "\u00a0", "\u3000", "", " ", "\n", "\t", "\r\n",
)  # fmt: skip
UNICODE = (
    "Z" + "\u0341\u0335\u0322" * 60, "e\u0301", "ｆｕｌｌｗｉｄｔｈ", "𝓑𝓸𝓵𝓭", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇪🇺", "ı İ ß ﬁ ǆ",
    "𠜎𠜱", "꧅", "𒐫" * 8,
    "null", "None", "NaN", "undefined", "true", "-0", "1e999", "__proto__", "constructor", "__class__", "toString",
    "hasOwnProperty", "reference", "metric", "value", "id", "CON", "NUL", ".", "..", "/", "\\", "'", "\"", "`",
    "''", "0",
)  # fmt: skip
WIDE = (
    "w" * 2000,
    "WWWW" * 300,
    "-" * 500,
    "_" * 900,
    "a/" * 600,
    "\u4e00" * 700,
    "&" * 400,
    "<" * 300,
    "0123456789" * 90,
)
"""Texts without a blank, where a line could break."""
KEPT = ("Manifest.run", "PolicyInfo.sha256", "DataSource.sha256", "SubjectInfo.fingerprint", "Verdict.fingerprint")
"""Fields that the tool itself writes and checks."""
REFERENCES = ("name", "id", "probe", "metric", "by", "against", "variant", "reference", "evidence", "joint")
"""Fields by which parts of a document find each other: the same text in the place of the same."""


@cache
def corpus() -> tuple[str, ...]:
    """Every text, in a fixed order, none twice."""
    scripts = [element.format(script) for element in ELEMENTS for script in JAVASCRIPT]
    families = (
        ESCAPED,
        STYLES,
        MARKDOWN,
        COMMANDS,
        TERMINAL,
        RICH,
        TEMPLATES,
        FORMULAS,
        DIRECTIONS,
        INVISIBLE,
        UNICODE,
        WIDE,
    )
    return tuple(dict.fromkeys([*scripts, *itertools.chain.from_iterable(families)]))


class Planter:
    """Puts a text in the place of every free text of a document, the next one each time."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._known: dict[str, str] = {}
        self.planted: set[str] = set()
        self.fields: set[str] = set()
        """Where one was put, as `Record.field`."""

    def audit(self, audit: Audit) -> Audit:
        """The document with every free text replaced, cells and values of groups among them."""
        planted: Audit = self._record(audit)
        return planted

    def _text(self) -> str:
        text = next(self._texts)
        self.planted.add(text)
        return text

    def _record(self, record: Any) -> Any:
        hints = typing.get_type_hints(type(record))
        changes = {}
        for field in dataclasses.fields(record):
            place = f"{type(record).__name__}.{field.name}"
            if field.init and place not in KEPT:
                changes[field.name] = self._value(getattr(record, field.name), hints[field.name], place)
        return dataclasses.replace(record, **changes)

    def _value(self, value: Any, hint: Any, place: str) -> Any:
        if isinstance(value, str):
            return self._string(value, hint, place)
        if dataclasses.is_dataclass(value):
            return self._record(value)
        if isinstance(value, Mapping):
            return {self._value(key, str, place): self._value(item, Any, place) for key, item in value.items()}
        if isinstance(value, list | tuple):
            inner = next((part for part in typing.get_args(hint) if part is not Ellipsis), Any)
            return type(value)(self._value(item, inner, place) for item in value)
        return value

    def _string(self, value: str, hint: Any, place: str) -> str:
        if Literal in (typing.get_origin(hint), *map(typing.get_origin, typing.get_args(hint))):
            return value
        self.fields.add(place)
        if place.partition(".")[2] in REFERENCES:
            if value not in self._known:
                self._known[value] = self._text()
            return self._known[value]
        if isinstance(value, Translated):
            return Translated(self._text(), {language: self._text() for language in value.translations})
        return self._text()
