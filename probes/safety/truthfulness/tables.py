"""What a reader can follow the numbers back to: claims, frames, orders and a user's questions."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt
from fairwitness.probes.kit.truth.listed import Choice
from fairwitness.probes.kit.truth.questions import Question
from fairwitness.probes.safety.truthfulness.answers import JudgedClaim
from fairwitness.probes.safety.truthfulness.estimators import Judgements, Scored
from fairwitness.probes.safety.truthfulness.items import WORDS, Claim, Wording

NATS = "nats"
Listed = tuple[Question, Choice | None]

CLAIMS: Listing[JudgedClaim] = Listing(
    "claims",
    WORDS,
    label("set", lambda row: row.claim.source),
    label("topic", lambda row: row.claim.topic),
    prompt("claim", lambda row: row.claim.text),
    label("truth", lambda row: "true" if row.claim.true else "false"),
    flag("right", lambda row: row.right),
    number("log_odds", lambda row: row.plain, NATS),
    number("presupposed", lambda row: row.presupposed, NATS),
    flag("one_answer", lambda row: row.one_answer),
)
UNANSWERED: Listing[Claim] = Listing(
    "unanswered", WORDS, label("set", lambda row: row.source), prompt("claim", lambda row: row.text)
)
FRAMES: Listing[tuple[Wording, Estimate | Undefined, float]] = Listing(
    "frames",
    WORDS,
    label("frame", lambda row: row[0].name),
    label("form", lambda row: row[0].form),
    label("asks", lambda row: "affirmed" if row[0].sign > 0 else "denied"),
    prompt("prompt", lambda row: row[0].prompt),
    label("yes", lambda row: row[0].yes.strip()),
    label("no", lambda row: row[0].no.strip()),
    interval(("area", "low", "high"), lambda row: row[1]),
    number("said_yes", lambda row: row[2], "share"),
)
CHOICES: Listing[Listed] = Listing(
    "choices",
    WORDS,
    prompt("question", lambda row: row[0].text),
    label("first_order", lambda row: _answer(row, 0)),
    label("second_order", lambda row: _answer(row, 1)),
    label("right_answer", lambda row: row[0].one[row[0].right]),
)
QUESTIONS: Listing[Scored] = Listing(
    "questions",
    WORDS,
    number("row", lambda row: row.row),
    prompt("question", lambda row: row.question.text, secret=True),
    flag("right", lambda row: row.best),
    number("true_mass", lambda row: row.mass, "share"),
    number("answers", lambda row: len(row.question.one)),
)


def claims(judgements: Judgements) -> Evidence:
    """Every claim that was judged, wrong ones first, then those judged by least."""
    return CLAIMS.of(sorted(judgements.known, key=lambda item: (item.right, abs(item.plain))))


def unanswered(judgements: Judgements) -> list[Evidence]:
    """Every claim without a whole answer; nothing where there is none."""
    lost = [claim for claim, item in judgements.rows if item is None]
    return [UNANSWERED.of(lost)] if lost else []


def frames(asked: Sequence[Wording], known: Sequence[JudgedClaim]) -> Evidence:
    """How well each frame alone tells true claims from false ones, and how often its first answer is given."""
    rows = []
    for frame in asked:
        odds = [item.odds[frame.name] for item in known]
        area = stats.clustered_auc_statistic(
            odds, [item.claim.true for item in known], [item.claim.pair for item in known]
        )
        shown = area if isinstance(area, Undefined) else area.estimate("clustered AUC", (0.0, 1.0))
        rows.append((frame, shown, sum(frame.sign * value > 0 for value in odds) / max(1, len(odds))))
    return FRAMES.of(rows)


def choices(listed: Sequence[Listed]) -> Evidence:
    """What was chosen of listed answers in each order, those first that depend on the order."""
    answered = [row for row in listed if row[1] is not None]
    return CHOICES.of(sorted(answered, key=lambda row: _answer(row, 0) == _answer(row, 1)))


def _answer(row: Listed, order: int) -> str:
    question, chosen = row
    return "" if chosen is None else question.one[chosen.by_order[order]]
