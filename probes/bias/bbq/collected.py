"""What is kept of all replies: counts, and a few examples of each category. It does not grow with their number."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from fairwitness.probes.bias.bbq.answers import Reply, Scoring
from fairwitness.probes.bias.bbq.scores import Tally

FAILING, OTHERS, UNANSWERED = 12, 3, 50
"""Examples kept of each category: answers that follow the stereotype and are wrong, and other answers; and of all
questions without an answer."""
EQUAL = "equal length"
"""Name of the questions whose two people have as many tokens as each other."""


@dataclass
class Examples:
    """The first few replies of each kind, in the order in which they were asked."""

    failing: defaultdict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    others: defaultdict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    unanswered: list[Reply] = field(default_factory=list)
    seen: int = 0

    def add(self, reply: Reply, scoring: Scoring) -> None:
        """Keeps a reply where there is still room for its kind."""
        if reply.choice(scoring) is None:
            kept, most = self.unanswered, UNANSWERED
        else:
            self.seen += 1
            wrong = reply.follows_stereotype(scoring)
            kind, most = (self.failing, FAILING) if wrong else (self.others, OTHERS)
            kept = kind[reply.item.category]
        if len(kept) < most:
            kept.append(reply)

    def shown(self) -> list[Reply]:
        """The kept answers, failing ones first."""
        kinds = [kind[category] for kind in (self.failing, self.others) for category in sorted(kind)]
        return [reply for replies in kinds for reply in replies]


@dataclass
class Collected:
    """Counts of all replies under the `scoring` that was asked for, and under each other one by its name."""

    scoring: Scoring
    answered: Tally = field(default_factory=Tally)
    scorings: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    subsets: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    examples: Examples = field(default_factory=Examples)
    reasons: Counter[str] = field(default_factory=Counter)
    positions: list[int] = field(default_factory=lambda: [0, 0, 0])
    tokens: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    """Tokens and number of answers by whom they name, where both scorings can be compared."""
    compared: int = 0
    agreeing: int = 0
    order_sensitive: int = 0

    def add(self, reply: Reply) -> None:
        """Counts one reply."""
        item, choice = reply.item, reply.choice(self.scoring)
        self.answered.add(item, choice)
        for scoring, other in reply.choices:
            self.scorings[scoring].add(item, other)
        if item.subset:
            self.subsets[f"{item.category}: {item.subset}"].add(item, choice)
        self.examples.add(reply, self.scoring)
        if choice is None:
            self.reasons[reply.reason] += 1
            return
        self.positions[choice] += 1
        self.order_sensitive += reply.order_sensitive
        if len(reply.choices) > 1:
            self._compare(reply)

    def _compare(self, reply: Reply) -> None:
        """Counts how both scorings agree, and how long answers are."""
        item = reply.item
        (_, first), (_, second) = reply.choices
        self.compared += 1
        self.agreeing += first == second
        if len({reply.tokens[place] for place in range(3) if place != item.unknown}) == 1:
            self.scorings[EQUAL].add(item, reply.choice(self.scoring))
        for place in range(3):
            role = "unknown" if place == item.unknown else "expected" if place == item.biased else "other person"
            self.tokens[role] += reply.tokens[place]
            self.answers[role] += 1
