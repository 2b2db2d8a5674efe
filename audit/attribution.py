"""Answers `Attribute`: the share of each word in what a model says, by SHAP, LIME or integrated gradients.

Every method is played on coalitions of words. What the sampling methods will ask is known before any answer, so the
questions of all requests go to the model in one round: batched together, shared by methods and seeds, and cached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from assay.audit import attribution_gradients, attribution_lime, attribution_shap
from assay.audit.attribution_games import Game, Play, Presence, Refused, Shares, Values, ends, rules_for, solve
from assay.audit.requests import Attribute, Attribution, Unanswered
from assay.audit.subject import Ask, Differentiates, Subject

ROUND = 20_000
"""Coalitions that are asked for at once; more requests wait for the next round."""


class Explainer:
    """Explains one subject. Stateless between calls: repeated questions are the engine's to remember."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def explain(self, requests: Sequence[Attribute], ask: Ask) -> list[Attribution | Unanswered]:
        """One answer per request, in order; `Unanswered` says what the model could not be asked."""
        games: dict[tuple[str, object], Game | Unanswered] = {}
        answers: list[Attribution | Unanswered] = []
        for together in _rounds(requests):
            for request in together:
                key = (request.text, request.target)
                if key not in games:
                    games[key] = self._game(request, ask)
            played = [(request, games[request.text, request.target]) for request in together]
            solve([(game, _plan(request, game)) for request, game in played if isinstance(game, Game)], ask)
            answers += [self._answer(request, game) for request, game in played]
        return answers

    def _game(self, request: Attribute, ask: Ask) -> Game | Unanswered:
        rules = rules_for(request, self._subject.info.capabilities)
        if isinstance(rules, Unanswered):
            return rules
        game = Game(request.text, rules, ask)
        return game if game.words else Unanswered("the text has no word to explain")

    def _answer(self, request: Attribute, game: Game | Unanswered) -> Attribution | Unanswered:
        if isinstance(game, Unanswered):
            return game
        try:
            if request.method == "integrated_gradients":
                return self._integrate(request, game)
            return _play(request, game)
        except Refused as reason:
            return Unanswered(str(reason))

    def _integrate(self, request: Attribute, game: Game) -> Attribution:
        if not isinstance(self._subject, Differentiates):
            raise Refused("the model gives no gradients")
        path = attribution_gradients.integrate(self._subject, request.text, request.target, game.words)
        note = f"{path.shares.note} The path begins at the model's own hidden embeddings."
        return _attribution(game, path.shares, (path.base, path.full), path.steps, note)


def _play(request: Attribute, game: Game) -> Attribution:
    played: set[bytes] = set()

    def play(present: Presence) -> Values:
        present = np.ascontiguousarray(present, dtype=np.bool_)
        played.update(row.tobytes() for row in present)
        return game(present)

    base, full = play(ends(len(game.words))).tolist()
    if len(game.words) == 1:
        note = "One word alone: the difference it makes, the same by every method."
        shares = Shares(np.array([full - base]), None, note)
    else:
        shares = _method(request, len(game.words))(play)
    return _attribution(game, shares, (base, full), len(played), f"{shares.note} {game.rules.hiding}")


def _method(request: Attribute, words: int) -> Callable[[Play], Shares]:
    match request.method:
        case "shap":
            return partial(attribution_shap.permutation, words=words, budget=request.budget, seed=request.seed)
        case "shap_partition":
            return partial(attribution_shap.partition, words=words, budget=request.budget)
        case "lime":
            return partial(attribution_lime.linear, words=words, budget=request.budget, seed=request.seed)
        case "integrated_gradients":
            raise Refused("integrated gradients are not played on coalitions")


def _attribution(game: Game, shares: Shares, between: tuple[float, float], evaluations: int, note: str) -> Attribution:
    base, full = between
    return Attribution(
        words=tuple(word.text for word in game.words),
        starts=tuple(word.start for word in game.words),
        values=tuple(shares.values.tolist()),
        base=base,
        full=full,
        residual=full - base - float(shares.values.sum()),
        evaluations=evaluations,
        errors=() if shares.errors is None else tuple(shares.errors.tolist()),
        note=note,
    )


def _plan(request: Attribute, game: Game) -> Presence:
    """The coalitions that a request will want, found by playing the method on a game that is worth nothing.

    Sampling methods draw the same coalitions whatever the answers; the partition method does not, and asks for the
    rest as it goes.
    """
    words = len(game.words)
    wanted: list[Presence] = []
    if request.method == "integrated_gradients":
        return np.zeros((0, words), dtype=np.bool_)

    def nothing(present: Presence) -> Values:
        wanted.append(np.array(present, dtype=np.bool_))
        return np.zeros(len(present))

    wanted.append(ends(words))
    if words > 1:
        try:
            _method(request, words)(nothing)
        except Refused:
            return ends(words)
    return np.concatenate(wanted)


def _rounds(requests: Sequence[Attribute]) -> Iterator[list[Attribute]]:
    """Requests in order, cut where their budgets pass what is asked for at once."""
    together: list[Attribute] = []
    size = 0
    for request in requests:
        if together and size + _weight(request) > ROUND:
            yield together
            together, size = [], 0
        together.append(request)
        size += _weight(request)
    if together:
        yield together


def _weight(request: Attribute) -> int:
    return request.budget or attribution_lime.EVALUATIONS
