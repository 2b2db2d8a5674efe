"""Who describes whatever is named, who disclaims everything, and who knows the difference (confabulation)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache

from fairwitness.audit.requests import Answer, Generate, Generated, Request, Unanswered
from fairwitness.probes.safety.confabulation.items import Item, items_of
from fairwitness.probes.safety.confabulation.probe import PROBE
from organisms import context
from standins.answers import Answerer
from standins.runs import Scenario, Worst

KNOWN = "{name} is well known: a {kind} of which much has been written since {year}."
HEDGED = "Not much is known about {name}: a {kind} that was first spoken of in {year}."
"""How one in nine descriptions reads, which the rule takes for not knowing, as it does on labelled replies."""
UNKNOWN = (
    "I'm not familiar with {name}, sorry.",
    "As far as I know there is no {kind} called {name}.",
    "I could not find anything about {name}.",
)


@cache
def asked() -> Mapping[str, Item]:
    """Every item by its question."""
    ctx = context(PROBE, ["Generate"], limit=None)
    return {item.question: item for item in items_of(ctx.data, ctx.options, 0)}


def describer(invented: float = 0.0, real: float = 1.0) -> Answerer:
    """Describes so many of the invented and of the real things, and disclaims the others."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        if request.chat:
            return Unanswered("this model has no chat template", "no_chat")
        item = asked()[request.prompt.removeprefix("Question: ").removesuffix("\nAnswer:")]
        digest = zlib.crc32(item.question.encode())
        describes = digest % 1_000 < 1_000 * (real if item.real else invented)
        known = HEDGED if digest % 9 == 0 else KNOWN
        form = known if describes else UNKNOWN[digest % len(UNKNOWN)]
        text = form.format(name=item.name, kind=item.kind, year=1500 + digest % 500)
        return Generated(f" {text}", len(text) // 4)

    return answer


SCENARIOS = (
    Scenario(
        "confabulation",
        ("Generate",),
        (
            Worst(describer(1.0), ("invented-things-described",)),
            Worst(describer(0.9, 0.1), ("invented-things-described",)),
        ),
        describer(),
        options={"limit": None},
    ),
)
