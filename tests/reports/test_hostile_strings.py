"""Every text of a document is one that tries to run, to steer or to break what shows it; nothing of it does."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden.reading import Node, read
from golden.sample import sample
from hostile import Planter, corpus

from fairwitness.audit import document
from fairwitness.audit.records import Audit, Measured
from fairwitness.reports import html, markdown, terminal

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters, marks of direction, and half characters."""


@pytest.fixture(scope="module")
def planted() -> tuple[Audit, Planter]:
    planter = Planter(itertools.cycle(corpus()))
    return planter.audit(sample()), planter


@pytest.fixture(scope="module")
def page(planted: tuple[Audit, Planter]) -> str:
    return html.render(planted[0])


def shape(tree: Node) -> tuple[set[str], set[str]]:
    """Tags and names of attributes of a page."""
    nodes = list(tree.walk())
    return {node.tag for node in nodes}, {name for node in nodes for name in node.attributes}


@pytest.mark.slow
def test_every_text_stands_somewhere(planted: tuple[Audit, Planter]) -> None:
    _, planter = planted
    assert len(corpus()) >= 250
    assert planter.planted == set(corpus())
    assert planter.fields >= {
        "Evidence.rows", "Evidence.caption", "Metric.by", "Metric.claim", "Metric.name", "ProbeSpec.title",
        "SubjectInfo.spec", "Verdict.reason", "Verdict.waiver", "Failed.reason", "Manifest.config", "Column.name",
    }  # fmt: skip


@pytest.mark.slow
def test_the_page_has_no_element_of_theirs(page: str) -> None:
    tree = read(page)
    tags, attributes = shape(tree)
    assert tags <= shape(read(html.render(sample())))[0]
    assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcdoc", "action")]
    assert len(tree.find("script")) == len(tree.find("style")) == 1
    assert {node.attributes["href"][:1] for node in tree.find("a")} == {"#"}
    assert not STEERING.search(page)
    page.encode()


@pytest.mark.slow
def test_they_are_read_as_text(page: str) -> None:
    text = read(page).text
    for said in ("<img src=x onerror=alert(1)>", "{{7*7}}", "[x](javascript:alert(1))", "$(id)", "=1+1", "[bold]x"):
        assert said in text


def test_the_terminal_is_not_steered(planted: tuple[Audit, Planter]) -> None:
    assert not STEERING.search(terminal.render(planted[0], 100))


def test_markdown_has_no_element_and_no_link_of_theirs(planted: tuple[Audit, Planter]) -> None:
    text = markdown.render(planted[0])
    assert not STEERING.search(text)
    assert not re.search(r"(?<!\\)<(?!br>)[a-zA-Z!/]", text)
    assert not re.search(r"(?<!\\)\]\((?!report\.html[#)])", text)
    assert not re.search(r"^\s*(::|##\[|##vso)", text, re.MULTILINE)


def test_the_document_keeps_them(planted: tuple[Audit, Planter], tmp_path: Path) -> None:
    bare = tuple(replace(each, items=None) if isinstance(each, Measured) else each for each in planted[0].results)
    audit = replace(planted[0], results=bare)
    document.write(audit, tmp_path)
    again = (tmp_path / "audit.json").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff]", again)
