"""Where a model looks (attention) and what it decides by (attribution)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from pronouns import stereotyped

from fairwitness.audit.internals import DescribeWeights, Layers, ReadLayers, WeightSummary
from fairwitness.audit.records import Table
from fairwitness.audit.requests import (
    Answer,
    Attend,
    Attention,
    Attribute,
    Attribution,
    Classify,
    ClassScores,
    Filled,
    FillMask,
    OfTag,
    Request,
    Tagged,
    TagTokens,
    Unanswered,
)
from fairwitness.probes.explanation.attribution.items import TAG
from fairwitness.probes.explanation.attribution.probe import PROBE
from organisms import packaged
from standins.answers import Answerer, attention
from standins.runs import Scenario, Worst

PEOPLE = ("she", "her", "woman", "mother", "sister", "girl", "aunt")
JOBS = ("nurse", "engineer", "teacher", "mechanic", "librarian", "carpenter", "secretary", "pilot")


def maps(text: str, pull: float) -> Attention:
    """[CLS] words [SEP]; each token gives `pull` to a word for a woman and spreads the rest evenly over the others."""
    tokens = ("[CLS]", *text.rstrip(".").split(), "[SEP]")
    pulled = np.array([word in PEOPLE for word in tokens])
    row = np.full(len(tokens), 1 / len(tokens))
    return attention(text, np.where(pulled, pull, (1 - pull) / (len(tokens) - 1)) if pulled.any() else row)


def pulled_by(pull: float) -> Answerer:
    """A model that looks at words for women so much."""
    return lambda request: maps(request.text, pull) if isinstance(request, Attend) else Unanswered("not this")


def attribution(request: Attribute, **changes: object) -> Attribution:
    """3 for an occupation or a word for a person, 1 for `person`, and 0.5, 0.25, ... for the other words in turn.

    With weights drawn at random the values stand in the opposite order.
    """
    words = [word.strip(".") for word in request.text.split() if word != "[MASK]"]
    starts = [request.text.index(word) for word in words]
    values = [0.5 / 2**place for place in range(len(words))]
    for place, word in enumerate(words):
        if word in JOBS or word in ("woman", "man"):
            values[place] = 3.0
        elif word == "person":
            values[place] = 1.0
    total = sum(values)
    ranked = [total, *[total - sum(sorted(values, reverse=True)[: k + 1]) for k in range(len(values))]]
    random = [total * (1 - k / len(values)) for k in range(len(values) + 1)]
    kept = tuple(total - value for value in ranked)
    single = tuple(total - value for value in values)
    if request.weights != "own":
        order = sorted(range(len(values)), key=lambda place: values[place])
        values = [values[order[-1 - order.index(place)]] for place in range(len(values))]
    made = Attribution(
        words=tuple(words),
        starts=tuple(starts),
        values=tuple(values),
        base=0.0,
        full=total,
        residual=0.0,
        evaluations=20,
        errors=(0.1,) * len(words),
        note="by hand",
        removal=tuple(ranked),
        random_removal=tuple(random),
        kept=kept,
        greedy_removal=tuple(ranked),
        greedy_kept=kept,
        infidelity=(0.1, 0.6),
        test_evaluations=30,
        single_removal=single,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def by_people(request: Request) -> Answer:
    """A model that decides by the word for a person, and says so."""
    match request:
        case Attribute():
            return attribution(request)
        case Classify(text=text):
            return ClassScores(("bad", "good"), (0.0, 1.0) if "woman" in text else (1.0, 0.0))
        case _:
            return Unanswered("not this")


CAPITALISED = re.compile(r"(?<=\s)[A-Z]\w+")
ODDS = {"name": 4.0, "lower": -1.0}
"""Log-odds of the tag of a name, and of one in lower case."""


def by_name(request: Request) -> Answer:
    """A tagger of capital letters within a sentence: the tagged word takes 4 of the log-odds, each other adds 0.5."""
    match request:
        case TagTokens(text, asked):
            spans = tuple((one.start(), one.end(), "PER") for one in CAPITALISED.finditer(text))
            odds = tuple(ODDS["lower" if text[start:end].islower() else "name"] for start, end, _ in asked)
            return Tagged(spans, log_odds=odds)
        case Attribute(target=OfTag(start=start)):
            made = attribution(request)
            values = tuple(-4.0 if begin == start else 0.5 for begin in made.starts)
            return replace(made, values=values, full=ODDS["name"])
        case _:
            return Unanswered("not this")


SHARES = (0.0, 0.1, 0.1, 1.0, 1.0)
"""How much of what a layered model says in the end each of its layers says."""


def layered(answer: Answerer, shares: Sequence[float] = SHARES, missing: float = 0.0) -> Answerer:
    """A model of four layers with two heads each that says in the end what another one does.

    The second head of its third layer adds nearly all of it, and so far `missing` is missing from what all parts add.
    """

    def layers(request: Request) -> Answer:
        if not isinstance(request, ReadLayers):
            return Unanswered("not this")
        filled = answer(FillMask(request.text, request.targets))
        if not isinstance(filled, Filled):
            return filled
        final = np.array(filled.log_probs)
        middle = float(final.mean())
        rows = np.array([[middle + share * (value - middle) for value in final] for share in shares], dtype=np.float32)
        difference = float(rows[-1, 0] - rows[-1, 1])
        heads = np.zeros((len(shares) - 1, 2), dtype=np.float32)
        heads[2, 1] = 0.9 * difference
        ranks = tuple(1 if share == 1 else 9 for share in shares)
        return Layers(
            log_probs=rows,
            own=tuple(map(float, rows[-1])),
            ranks=ranks,
            answers=tuple(-float(rank) for rank in ranks),
            divergences=tuple(1.0 - share for share in shares),
            heads=heads,
            mlps=(0.0,) * (len(shares) - 1),
            embedding=difference - float(heads[2, 1]) - missing,
            difference=difference,
            top=(("she",),) * len(shares),
            top_log_probs=((-1.0,),) * len(shares),
            top_ids=((3,),) * len(shares),
        )

    return layers


def summary() -> WeightSummary:
    """A model of two layers with three heads each, whose matrices have half of full rank and no fault."""
    names = ("embed.weight", *(f"layers.{layer}.mlp.{part}.weight" for layer in (0, 1) for part in ("up", "down")))
    count = len(names)
    circuits = np.tile(np.eye(3, dtype=np.float32), (2, 1, 1))
    return WeightSummary(
        names=names,
        layers=(0, 1, 1, 2, 2),
        rows=(16,) * count,
        columns=(8,) * count,
        norms=(4.0,) * count,
        largest=(2.0,) * count,
        stable_ranks=(4.0,) * count,
        effective_ranks=(4.0,) * count,
        dead_rows=(0,) * count,
        dead_columns=(0,) * count,
        broken=(),
        not_finite=(),
        values=128 * count,
        unread=(),
        ov=circuits,
        qk=circuits,
    )


def with_names() -> Table:
    """The rows of our texts that name somebody: a tagger finds a tag in each, whosever file they are in."""
    whole = packaged(PROBE.spec.data[0])
    kept = [kind == TAG for kind in whole.columns["kind"]]
    columns = {name: tuple(compress(cells, kept)) for name, cells in whole.columns.items()}
    return Table(replace(whole.source, rows=sum(kept)), columns)


SCENARIOS = (
    Scenario(
        "weights",
        ("DescribeWeights",),
        (Worst(lambda request: summary() if isinstance(request, DescribeWeights) else Unanswered("not this")),),
    ),
    Scenario("lens", ("ReadLayers",), (Worst(layered(stereotyped("FillMask"))),)),
    Scenario("attention", ("Attend",), (Worst(pulled_by(0.5)),)),
    *(
        Scenario("attribution", ("Attribute", needs), (Worst(by_people),), options={"limit": 2}, labels=("bad", "good"))
        for needs in ("FillMask", "LogLikelihood", "Classify")
    ),
    Scenario(
        "attribution",
        ("Attribute", "TagTokens"),
        (Worst(by_name),),
        tables={"attribution_texts": with_names()},
        options={"limit": 2},
        labels=("PER", "LOC"),
    ),
)
