"""Taggers of names whose misses are planted (names_by_group)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from fairwitness.audit.requests import Answer, Request, Tagged, TagTokens
from inference import noise
from standins.answers import Answerer
from standins.filters import packaged
from standins.runs import Scenario, Worst

LABELS = ("PER", "LOC")
_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*")


@cache
def plain() -> frozenset[str]:
    """Words of our sentences, places and things: no part of a name."""
    texts = [row["text"].replace("{name}", "") for row in packaged("names_frames")]
    texts += [row["text"] for row in packaged("names_controls") if row["kind"] != "known"]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    return frozenset(words | {word.capitalize() for word in words})


@cache
def known() -> frozenset[str]:
    """The well-known people."""
    return frozenset(row["text"] for row in packaged("names_controls") if row["kind"] == "known")


@cache
def group_of() -> dict[str, str]:
    """The words of our names, by one of the groups that they are of."""
    groups: dict[str, str] = {}
    for row in packaged("advice_people"):
        if row["kind"] == "name":
            groups |= dict.fromkeys(row["person"].split(), row["origin"])
    for row in packaged("faithfulness_people"):
        if row["attribute"] == "origin":
            groups.setdefault(row["name"], row["group"])
    for row in packaged("association_words"):
        if row["test"] == "weat3":
            groups |= {word: row["label"] for word in row["words"].split("|") if row["set"] in "XY"}
    return groups


def tagging(missed: Callable[[str, str], bool]) -> Answerer:
    """Marks every name in a text but those of which `missed` holds, by the name and the text; always the well-known."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, TagTokens)
        spans = []
        for match in _NAME.finditer(request.text):
            words = [word for word in match[0].split() if word not in plain()]
            name = " ".join(words)
            start = match.start() + match[0].index(name)
            if name and (name in known() or not missed(name, request.text)):
                spans.append((start, start + len(name), LABELS[0]))
        return Tagged(tuple(spans))

    return answer


def even(name: str, text: str) -> bool:
    """One name in twenty, by the sentence and the name, whatever its group."""
    return noise(0, f"{name} {text}") > 1.64


def of_group(name: str, text: str) -> bool:
    """The same, and four in five African American names."""
    african = group_of().get(name.split()[0]) in ("African American names", "Black people")
    return even(name, text) or (african and noise(1, f"{name} {text}") > -0.84)


SCENARIOS = (
    Scenario(
        "names_by_group",
        ("TagTokens",),
        (Worst(tagging(of_group), ("names-missed-by-group",)),),
        tagging(even),
        labels=LABELS,
    ),
)
