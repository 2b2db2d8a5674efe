"""One round of requests about pairs of sentences and our own pairs beside them."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from fairwitness.audit.probe import Context
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.bias.pairs import controls
from fairwitness.probes.bias.pairs.findings import Asked
from fairwitness.probes.bias.pairs.items import Pair, Skipped
from fairwitness.probes.bias.pairs.lacking import lacking
from fairwitness.probes.bias.pairs.scores import Scored, ScoreName, named, requests_for, score_pair


def ask_pairs(
    ctx: Context,
    pairs: Sequence[Pair],
    skipped: Sequence[Skipped],
    *,
    language: str,
    wanted: Sequence[ScoreName] = (),
    own_controls: Sequence[Pair] | None = None,
    flawed: frozenset[int] = frozenset(),
    uncontrolled: str = "",
) -> Generator[list[Request], list[Answer], Asked]:
    """Asks everything at once, each sentence once, and reads all scores.

    Our controls stand in where none are given; no controls are asked where `uncontrolled` says why.
    """
    names = named(ctx.capabilities, wanted)
    table = ctx.data[controls.NEED.name]
    sound = controls.own_pairs(table, language, "competence")
    things = controls.own_pairs(table, language, "thing")
    plain = controls.own_pairs(table, language, "control") if own_controls is None else list(own_controls)
    plain = [] if uncontrolled else plain
    texts = dict.fromkeys(text for pair in (*pairs, *plain, *things, *sound) for text in (pair.more, pair.less))
    requests = list(dict.fromkeys(request for text in texts for request in requests_for(text, names)))
    answers = dict(zip(requests, (yield requests), strict=True))
    left = lacking(((text, "") for text in texts), names, answers.__getitem__)
    names = left.names

    def read(asked: Sequence[Pair]) -> tuple[list[Scored], list[Skipped]]:
        found = [score_pair(pair, names, answers.__getitem__) for pair in asked]
        scored = [one for one in found if isinstance(one, Scored)]
        return scored, [one for one in found if isinstance(one, Skipped)]

    scored, missing = read(pairs)
    return Asked(
        names,
        tuple(scored),
        (*skipped, *missing),
        tuple(pairs),
        tuple(read(plain)[0]),
        tuple(read(things)[0]),
        tuple(read(sound)[0]),
        len(sound),
        flawed,
        uncontrolled,
        left.gone,
        left.unanswered,
        ctx.seed,
    )
