"""Reads a page back into a tree, so that tests look at what a browser would find and not at the template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "col", "input", "link", "img", "hr"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def find(self, tag: str = "", **wanted: str) -> list[Node]:
        """Nodes of a tag whose attributes have these values; `kind` is one of the classes."""
        kind = wanted.pop("kind", "")
        return [
            node
            for node in self.walk()
            if (not tag or node.tag == tag)
            and (not kind or kind in node.attributes.get("class", "").split())
            and all(node.attributes.get(name) == value for name, value in wanted.items())
        ]

    @property
    def text(self) -> str:
        inner = [child if isinstance(child, str) else child.text for child in self.children]
        return "" if self.tag in ("style", "script") else "".join(inner)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def metric_rows(node: Node) -> list[Node]:
    """The rows of metrics below a node: those with a verdict or in the scorecard, and the bare ones by group."""
    bare = [row for table in node.find("table", kind="compact") for row in table.find("tbody")[0].find("tr")]
    return [*node.find("tr", kind="r"), *bare]


def forms(page: str) -> list[str]:
    """What texts of the document are in the page's other language, by their numbers in `data-o`."""
    (texts,) = re.findall(r"forms = (\[.*?\]), root = document", page, re.DOTALL)
    read_texts: list[str] = json.loads(texts)
    return read_texts


def other_of(page: str, element: str) -> str:
    """What the script puts into the element whose start tag stands before this content and its end tag."""
    number = re.search(rf" data-o=(\d+)>{re.escape(element)}<", page)
    assert number, element
    return forms(page)[int(number[1])]


def read(page: str) -> Node:
    """The page as a tree; an element that is closed by another's tag is an error."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1
    return reader.root
