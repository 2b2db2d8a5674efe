"""The page drawn in Chinese has no English prose of ours: what probes find is replayed, drawn and read back.

English is what a model, a user or a data set said, names, citations, licences and code. They stand in places that are
known here; anywhere else three English words in a row are a text without its translation, however it is marked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from golden.reading import Node, read
from golden.sample import sample
from replay import recording

from fairwitness.audit import policy
from fairwitness.audit.probe import find
from fairwitness.audit.records import Audit, Measured, languages
from fairwitness.audit.records.terms import terms_of
from fairwitness.reports.html import render

RECORDINGS = Path(__file__).parents[1] / "replay" / "recordings"
QUOTED = re.compile(r"“[^”]*”|(?<!\w)'[^']*'(?!\w)|‘[^’]*’|\"[^\"]*\"|https?://\S+")
WORD = r"[A-Za-z][a-z]*(?:['’-][A-Za-z]+)*"
PROSE = re.compile(rf"(?<![\w-]){WORD}(?: {WORD}){{2,}}(?![\w-])")
PLACES = {
    "script": "code",
    "style": "code",
    "code": "code",
    "pre": "a command or a traceback",
    "q": "what the model was asked",
    "td.x": "a cell of texts that are long",
    "td.u": "a cell of texts under its row",
    "td.s": "a cell that is hidden",
    "p.toks": "a text that was explained",
    "div.ppa": "a passage of a text with its title",
    "dd.sources": "citations and licences",
    "cite": "laws and works by name",
    "table.kv": "environment and settings",
}
"""Places of the page whose English is not ours: an element, or one of a class, with what it holds."""
DATA = {
    "bbq": "answers of the set",
    "bec_pro": "sentences of the set",
    "gap": "sentences of the set",
    "gender": "sentences that were asked",
    "bias_nli": "sentences that were asked",
    "mentions": "beginnings that were continued",
    "advice_by_group": "names of situations and people",
    "answers_by_group": "answers that passages hold",
    "names_by_group": "places and things that were asked",
    "honest": "sentences of the set",
    "bold": "what the model wrote",
    "seat": "sentences that were asked",
    "stereoset": "sentences of the set",
    "ll144": "categories of the law",
    "fill_mask": "words that the model expects",
    "known_texts": "titles of works",
    "unqover": "sentences of the set",
    "calibration": "facts that were asked",
    "insistence": "conversations that were asked",
    "sycophancy": "questions that were asked",
    "unanswerable": "facts that were asked",
    "translation_gender": "translations that were asked",
    "truthfulness": "facts that were asked",
    "winobias": "sentences of the set",
    "winogender": "sentences of the set",
}
"""Probes whose tables have short texts of the data among their labels."""


def prose(text: str) -> list[str]:
    """The runs of three English words and more, what is quoted left out."""
    return [match[0] for match in PROSE.finditer(QUOTED.sub("…", " ".join(text.split())))]


def spoken(node: Node, cells: bool) -> Iterator[str]:
    """The texts and spoken attributes of a page in the places that are ours."""
    kinds = node.attributes.get("class", "").split()
    if {node.tag, *(f"{node.tag}.{kind}" for kind in kinds)} & PLACES.keys():
        return
    if not cells and node.tag == "table" and "ev" in kinds:
        for part in node.children:
            if isinstance(part, Node) and part.tag != "tbody":
                yield from spoken(part, cells)
        return
    for name in ("title", "aria-label", "data-h", "placeholder", "alt"):
        yield node.attributes.get(name, "")
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from spoken(child, cells)


@cache
def measured(probe: str) -> Measured:
    """What a probe finds in one of its recordings, as a run keeps it."""
    paths = sorted(RECORDINGS.glob(f"{probe}-*noisy.json.gz"), key=lambda path: path.stat().st_size)
    findings = recording.replay(recording.read(paths[0]))
    return Measured(
        probe=find(probe).spec,
        metrics=tuple(findings.metrics),
        evidence=tuple(findings.evidence),
        requests=1,
        unanswered=0,
        notes=tuple(findings.notes),
        terms=terms_of(findings.metrics, findings.evidence),
        pictures=tuple(findings.pictures),
    )


HALF_WIDTH = re.compile(
    r"[\u3400-\u9fff）”][,;:!?]|[,;:!?.] ?[\u3400-\u9fff]"
    r"|(?<![A-Za-z])\([^()]*[\u3400-\u9fff][^()]*\)|'[^']*'[\u3400-\u9fff]"
)
"""A mark of Latin writing beside an ideograph, or its brackets around one; functions such as P(…) keep theirs."""
NESTED = re.compile(r"（[^（）]*（")
CONJUGATED = re.compile(r"\b(is|are|was|were|be|been|has|have|had|does|do|not|cannot|gets?|passes|within)\b")
"""English verbs and denials; none belongs into a Chinese sentence, however short."""


def odd_writing(text: str) -> list[str]:
    """What is not written so in Chinese: marks of other scripts, brackets within brackets, English verbs."""
    text = " ".join(text.split())
    if not re.search(r"[\u3400-\u9fff]", text):
        return []
    own = QUOTED.sub("…", text)
    return [match[0] for pattern in (HALF_WIDTH, NESTED, CONJUGATED) for match in pattern.finditer(own)]


PROBES = sorted({path.name.split("-")[0] for path in RECORDINGS.glob("*.json.gz")})


def audit_of(result: Measured) -> Audit:
    """An audit of that result, judged by the default policy."""
    base = sample()
    rules, _ = policy.load(None)
    verdicts = policy.judge(rules, [result], "", date(2026, 1, 1))
    manifest = replace(base.manifest, subject=replace(base.manifest.subject, notes=()))
    return replace(base, results=(result,), verdicts=verdicts, manifest=manifest)


@cache
def page(probe: str) -> Node:
    """What it finds as a page in Chinese."""
    return read(render(audit_of(measured(probe)), language="zh"))


@pytest.mark.slow  # every probe is run once
@pytest.mark.parametrize("probe", PROBES)
def test_every_name_of_a_place_is_there_once(probe: str) -> None:
    names = Counter(node.attributes["id"] for node in page(probe).walk() if "id" in node.attributes)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.slow  # every probe is run once
@pytest.mark.parametrize("probe", PROBES)
def test_no_english_of_ours_is_left_on_the_chinese_page(probe: str) -> None:
    tree = page(probe)
    texts = list(spoken(tree.find("body")[0], cells=probe not in DATA))
    assert [run for text in texts for run in prose(text)] == []
    assert [(odd, text) for text in texts for odd in odd_writing(text)] == []


@pytest.mark.slow  # every probe is run once
@pytest.mark.parametrize("probe", PROBES)
def test_claims_say_the_same_numbers_in_chinese(probe: str) -> None:
    for metric in measured(probe).metrics:
        said = languages(metric.claim)
        assert "zh" in said, said["en"]
        assert numbers(said["zh"]) == numbers(said["en"]), said


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("真阳性率, n = 3", "率,"),
        ("发布: 通过", "布:"),
        ("公平性 (按群体)", "(按群体)"),
        ("P(阴性) 概率", None),
        ("女性占比（%（美国））", "（%（"),
        ("超出 within 0.1 的界限", "within"),
        ("数据集'texts'不在此处", "'texts'不"),
        ("结果为“are rated low risk”的频率", None),
        ("95% 区间 −0.1 至 0.2；n = 8", None),
        ("only English: no Chinese", None),
    ],
)
def test_odd_writing_is_seen(text: str, odd: str | None) -> None:
    assert odd_writing(text) == ([] if odd is None else [odd])


def numbers(text: str) -> list[str]:
    """The numbers of a sentence in any order, but for those within quotation marks and of names."""
    return sorted(re.findall(r"(?<![\w.])[−-]?\d+(?:[.,]\d+)*", QUOTED.sub("", text)))
