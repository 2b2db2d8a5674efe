"""What is asked about pairs of sentences, in one round, and what was answered."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from fairwitness.audit.probe import Context
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Pair, Skipped, our_pairs
from fairwitness.probes.kit.sentences.scores import ScoredPair, ScoreName, requests_for, score_pair, scores_of
from fairwitness.probes.kit.sentences.unavailable import Available, available

NEEDS = (("PseudoLogLikelihood", "UnmaskedLikelihood"), ("LogLikelihood",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """All that was asked and read: `pairs` and `sound_asked` sound sentences were put to the model.

    `skipped` are the pairs without a whole answer, and rows that are no pairs.
    """

    scores: Available
    pairs: tuple[Pair, ...]
    scored: tuple[ScoredPair, ...]
    skipped: tuple[Skipped, ...]
    controls: tuple[ScoredPair, ...] = ()
    things: tuple[ScoredPair, ...] = ()
    sound: tuple[ScoredPair, ...] = ()
    sound_asked: int = 0
    excluded: frozenset[int] = field(default_factory=frozenset)
    """Rows that the exclusion list leaves out."""
    uncontrolled: str = ""
    """Why nothing is said beyond a control."""
    seed: int = 0

    @property
    def names(self) -> tuple[ScoreName, ...]:
        """The scores that the model gives, the default first."""
        return self.scores.names

    @property
    def default(self) -> ScoreName:
        """The score that is judged."""
        return self.names[0]

    @property
    def missing(self) -> list[Pair]:
        """What has no score: pairs without a whole answer, and one without category or template for each other row."""
        scored, asked = {score.pair.row for score in self.scored}, {pair.row for pair in self.pairs}
        others = [Pair(row.row, row.text, "") for row in self.skipped if row.row not in asked]
        return [*(pair for pair in self.pairs if pair.row not in scored), *others]

    @property
    def categories(self) -> list[str]:
        """The categories of all pairs that were asked, scored or not."""
        return sorted({pair.category for pair in self.pairs} - {""})


def ask_pairs(
    ctx: Context,
    pairs: Sequence[Pair],
    skipped: Sequence[Skipped],
    *,
    language: str,
    controls: Sequence[Pair] | None = None,
    excluded: frozenset[int] = frozenset(),
    uncontrolled: str = "",
) -> Generator[list[Request], list[Answer], Responses]:
    """Asks everything at once, each sentence once, and reads all scores that the option `scores` names.

    Our controls stand in where none are given; no controls are asked where `uncontrolled` says why.
    """
    names, table = scores_of(ctx.capabilities, ctx.options.scores), ctx.data[OUR_PAIRS.name]
    sound, things = our_pairs(table, language, "competence"), our_pairs(table, language, "thing")
    plain = our_pairs(table, language, "control") if controls is None else controls
    plain = [] if uncontrolled else plain
    texts = dict.fromkeys(text for pair in (*pairs, *plain, *things, *sound) for text in (pair.more, pair.less))
    answers = yield from ask(request for text in texts for request in requests_for(text, names))
    scores = available([(text, "") for text in texts], names, answers)
    scored, missing = read_all(pairs, scores.names, answers)
    return Responses(
        scores=scores,
        pairs=tuple(pairs),
        scored=scored,
        skipped=(*skipped, *missing),
        controls=read_all(plain, scores.names, answers)[0],
        things=read_all(things, scores.names, answers)[0],
        sound=read_all(sound, scores.names, answers)[0],
        sound_asked=len(sound),
        excluded=excluded,
        uncontrolled=uncontrolled,
        seed=ctx.seed,
    )


def read_all(
    pairs: Sequence[Pair], names: Sequence[ScoreName], answers: Answers
) -> tuple[tuple[ScoredPair, ...], tuple[Skipped, ...]]:
    """The pairs with their scores, and those that have none."""
    read = [score_pair(pair, names, answers) for pair in pairs]
    scored = tuple(score for score in read if isinstance(score, ScoredPair))
    return scored, tuple(score for score in read if isinstance(score, Skipped))
