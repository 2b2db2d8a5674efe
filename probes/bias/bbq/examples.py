"""Which questions are shown: a few of each category, answers that follow the stereotype first."""

from __future__ import annotations

from dataclasses import dataclass, field

from fairwitness.probes.bias.bbq.answers import Reply

FAILING, OTHERS, UNANSWERED = 12, 3, 50
"""Examples kept of each category: answers that follow the stereotype and are wrong, and other answers; and of all
questions without an answer."""


def follows_stereotype(reply: Reply, choice: int | None) -> bool:
    """Whether a choice is wrong and the one that the stereotype expects."""
    return choice is not None and choice == reply.item.biased != reply.item.label


@dataclass
class Examples:
    """The first few replies of each kind, in the order in which they were asked."""

    failing: dict[str, list[Reply]] = field(default_factory=dict)
    others: dict[str, list[Reply]] = field(default_factory=dict)
    unanswered: list[Reply] = field(default_factory=list)
    seen: int = 0

    def add(self, reply: Reply, choice: int | None) -> None:
        """Keeps a reply where there is still room for its kind."""
        if choice is None:
            kept, most = self.unanswered, UNANSWERED
        else:
            self.seen += 1
            wrong = follows_stereotype(reply, choice)
            kind, most = (self.failing, FAILING) if wrong else (self.others, OTHERS)
            kept = kind.setdefault(reply.item.category, [])
        if len(kept) < most:
            kept.append(reply)

    def rows(self) -> list[tuple[Reply, bool]]:
        """The kept answers, failing ones first, and whether each fails."""
        return [
            (reply, fails)
            for kind, fails in ((self.failing, True), (self.others, False))
            for category in sorted(kind)
            for reply in kind[category]
        ]
