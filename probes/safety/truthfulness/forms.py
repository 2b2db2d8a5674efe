"""Facts asked again in other forms, and how far the shares of right answers move between these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fairwitness.audit.requests import Request
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.stability import PLAIN, Factor, Form, forms
from fairwitness.probes.kit.truth import listed
from fairwitness.probes.kit.truth.listed import Way
from fairwitness.probes.kit.truth.questions import Question
from fairwitness.probes.kit.validity import Reason
from fairwitness.probes.kit.varied import Varied
from fairwitness.probes.safety.truthfulness.answers import balanced, holds, odds_of
from fairwitness.probes.safety.truthfulness.items import WORDS, Claim, Wording


@dataclass(frozen=True)
class Again:
    """Claims of the facts in their plain frames, and the same facts with two listed answers, in forms of asking."""

    claims: Sequence[Claim]
    questions: Sequence[Question]
    frames: Sequence[Wording]
    way: Way
    vary: Sequence[Factor]

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The plain form and every other that changes something."""
        texts = [claim.text for claim in self.claims] + [question.text for question in self.questions]
        return forms(self.vary, options=2, texts=texts)

    @cached_property
    def plain_frames(self) -> list[Wording]:
        """The frames that take no claim for a fact."""
        return [frame for frame in self.frames if frame.form == "plain"]

    def requests(self) -> Iterator[Request]:
        """Everything that is asked in other forms alone: the second order of listed answers is asked anyway."""
        for form in self.forms:
            if form == PLAIN or form.factor == "options":
                continue
            way = replace(self.way, form=form)
            for claim in self.claims:
                for frame in self.plain_frames:
                    yield from frame.requests(claim, way)
            for question in self.questions:
                yield from listed.shown(question, self._order(question, form), way)

    def rates(self, answers: Answers, reason: Reason, same: Reason) -> list[Varied]:
        """The share of claims judged rightly, and of listed questions answered rightly, by form.

        Of a model that says the `same` of all claims the first means nothing.
        """
        if len(self.forms) < 2:
            return []
        judged, chosen = {}, {}
        for form in self.forms:
            way = replace(self.way, form=form)
            if form.factor != "options":
                judged[form] = {claim: self._right_claim(claim, answers, way) for claim in self.claims}
            chosen[form] = {question: self._right_choice(question, answers, way) for question in self.questions}
        of_claims = Varied(
            rate=WORDS("varied.claims"),
            values=judged,
            clusters={claim: claim.pair for claim in self.claims},
            reason=reason or same,
            seed=self.way.seed,
        )
        return [of_claims, Varied(rate=WORDS("varied.listed"), values=chosen, reason=reason, seed=self.way.seed)]

    def _order(self, question: Question, form: Form) -> tuple[int, ...]:
        """The drawn order of the answers; in the form that turns the options, the other one."""
        return listed.orders_of(question, self.way.seed)[1 if form.factor == "options" else 0]

    def _right_claim(self, claim: Claim, answers: Answers, way: Way) -> float | None:
        odds = odds_of(claim, self.plain_frames, answers, way)
        return None if odds is None else float(holds(claim, balanced(odds, self.plain_frames)))

    def _right_choice(self, question: Question, answers: Answers, way: Way) -> float | None:
        order = self._order(question, way.form)
        shares = listed.shares_in(question, order, answers, way)
        return None if shares is None else float(order[int(shares.argmax())] == question.right)
