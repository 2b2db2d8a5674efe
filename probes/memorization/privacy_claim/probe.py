"""Does a claim of differential privacy hold up: by its own numbers, and beside what planted secrets show?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import Field
from scipy.special import expit

from fairwitness.audit import reasons, stats
from fairwitness.audit.accounting import Accounted
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Picture, Undefined
from fairwitness.audit.stats.one_run import LEAST_COINS, METHOD, OneRun, ceiling, one_run
from fairwitness.probes.kit.canaries.asking import Reading, items_asked, read
from fairwitness.probes.kit.canaries.items import canaries_of
from fairwitness.probes.kit.canaries.planting import check_set
from fairwitness.probes.kit.canaries.scores import Ranked
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.tables import Listing, flag, label, number, prompt, text
from fairwitness.probes.memorization.privacy_claim.claim import (
    WORDS,
    Check,
    Claim,
    accounts,
    checks,
    claim_of,
    no_accountant,
    unfit,
)

ALPHA = 0.05
OVER = Measure(
    name="accounted_over_claimed", words=WORDS, unit="ratio", better="lower", null=1.0, tags=("own_data",),
    evidence=("accounts", "assumptions"),
)  # fmt: skip
BEYOND = Measure(
    name="guesses_beyond_claim", words=WORDS, unit="share", better="lower", null=0.0, tags=("own_data",),
    evidence=("bound", "coins"),
)  # fmt: skip
SHOWN = partial(Measure, words=WORDS, better="none", null=None, role="description", headline=False)
RIGHT = SHOWN(name="coins_guessed_right", unit="share", evidence=("bound", "coins"))


class PrivacyClaimOptions(Options):
    """How coins are guessed."""

    references: int = Field(100, ge=100, description="other secrets by which each canary is set in proportion")
    set: str = Field("", description="name of the set that the model was trained with, as canary make says it")


class PrivacyClaim:
    """Accounts for the claim again; asks for the canaries of a key file whose coins can be guessed."""

    spec = WORDS.spec(name="privacy_claim", family="memorization", needs=(("LogLikelihood",), ("PseudoLogLikelihood",)))
    options: type[Options] = PrivacyClaimOptions
    metrics = specs_of(OVER, BEYOND, RIGHT)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for the canaries of one repeat. Raises BadOption for a key file of another training."""
        options: PrivacyClaimOptions = ctx.options
        claim = claim_of(ctx.data["claim"])
        if "key" not in ctx.data:
            return findings(claim, None)
        check_set(ctx, PROBE.spec.name, options.set)
        coins = [canary for canary in canaries_of(ctx.data["key"]) if canary.repeats == 1]
        reading = yield from read(coins, ctx, options.references, 0)
        return findings(claim, reading)


PROBE = PrivacyClaim()
ACCOUNTS: Listing[Accounted] = Listing(
    "accounts",
    WORDS,
    label("accountant", lambda row: row.accountant),
    number("epsilon", lambda row: row.epsilon),
    number("at_least", lambda row: row.low),
)
ASSUMPTIONS: Listing[Check] = Listing(
    "assumptions",
    WORDS,
    label("assumption", lambda row: WORDS(f"check.{row.name}")),
    flag("broken", lambda row: row.holds is False),
    label("holds", lambda row: WORDS(f"holds.{row.holds}".lower())),
    text("said", lambda row: row.said),
)


COINS: Listing[Ranked] = Listing(
    "coins",
    WORDS,
    label("canary", lambda row: str(row.canary.id)),
    flag("planted", lambda row: row.canary.planted),
    number("better_than_others", lambda row: row.score, "SD"),
    prompt("before", lambda row: row.canary.prefix, secret=True),
    text("secret", lambda row: row.canary.secret, secret=True),
)


def findings(claim: Claim, reading: Reading | None) -> Findings:
    """Metrics and evidence of the claim, and of what the coins show beside it."""
    made, assumptions = accounts(claim), checks(claim)
    run = coin_bound(claim, reading)
    over = accounted_over_claimed(claim, made, assumptions)
    beyond, right = told_apart(claim, run), guessed_right(run)
    values = _values(claim, made, run)
    notes = [WORDS("note.claimed", **values)]
    if isinstance(run, OneRun):
        notes.append(WORDS("note.shown", **values))
    if reading is not None and reading.unranked:
        notes.append(WORDS("note.skipped", count=len(reading.unranked)))
    return Findings(
        metrics=[OVER.metric(over, **values), BEYOND.metric(beyond, **values), RIGHT.metric(right, **values)],
        evidence=[ACCOUNTS.of(made), ASSUMPTIONS.of(assumptions), bound_table(claim, made, run), coins_table(reading)],
        notes=notes,
        items=None if reading is None else items_asked(reading, {"better_than_others": lambda row: row.score}, {}),
        pictures=[PICTURE],
    )


PICTURE = Picture(kind="dots", caption=WORDS("picture.right"), metrics=("guesses_beyond_claim", "coins_guessed_right"))


def accounted_over_claimed(claim: Claim, made: Sequence[Accounted], assumptions: list[Check]) -> Estimate | Undefined:
    """The least epsilon that an accountant gives over the claimed one; its interval is how exact the accountants are.

    Not interpretable where an assumption is broken or not said: then no accountant speaks of this training.
    """
    if reason := unfit(assumptions):
        return reasons.invalid(reason)
    if not made:
        return Undefined(no_accountant(), "not_estimable", "not_offered")
    best = min(each.epsilon for each in made)
    low = min(max(each.low for each in made), best)
    ends = low / claim.epsilon, best / claim.epsilon
    method = ", ".join(each.accountant for each in made)
    return stats.estimate(ends[1], lambda level: ends, n=max(claim.steps or 0, 2), method=method)


def coin_bound(claim: Claim, reading: Reading | None) -> OneRun | Undefined:
    """The bound of the canaries of one repeat. A canary without a place is guessed last, without a look."""
    if reading is None:
        return WORDS.undefined("reason.no_key", "not_asked", "not_asked")
    count = len(reading.ranked)
    if count < LEAST_COINS:
        return reasons.few(count, LEAST_COINS, WORDS("unit.coins"))
    scores = [each.score for each in reading.ranked]
    return one_run(scores, [each.canary.planted for each in reading.ranked], claim.delta, ALPHA)


def told_apart(claim: Claim, run: OneRun | Undefined) -> Estimate | Undefined:
    """How far guesses are right beyond what the claim allows; an audit never shows that a claim holds.

    The low end is the accuracy that the bound stands for at that level, the high end is 1: whoever guesses better may
    get all of them right.
    """
    if isinstance(run, Undefined):
        return run
    allowed = float(expit(claim.epsilon))

    def interval(level: float) -> tuple[float, float]:
        return float(expit(run.at((1 - level) / 2))) - allowed, 1 - allowed

    value = run.right / run.guesses - allowed
    return stats.estimate(value, interval, n=run.coins, method=METHOD)


def guessed_right(run: OneRun | Undefined) -> Estimate | Undefined:
    """The share of guesses that are right."""
    return run if isinstance(run, Undefined) else stats.proportion(run.right, run.guesses)


def _values(claim: Claim, made: Sequence[Accounted], run: OneRun | Undefined) -> dict[str, Any]:
    values: dict[str, Any] = {"claimed": f"{claim.epsilon:g}", "delta": f"{claim.delta:g}"}
    values["accounted"] = f"{min(each.epsilon for each in made):.3g}" if made else "–"
    if isinstance(run, OneRun):
        values |= {"shown": f"{run.epsilon:.2g}", "coins": run.coins, "guesses": run.guesses, "right": run.right}
        values["most"] = f"{ceiling(run.coins, claim.delta, ALPHA):.2g}"
    return values


def bound_table(claim: Claim, made: Sequence[Accounted], run: OneRun | Undefined) -> Evidence:
    """The claim, what it accounts for, what the coins show and what they could show, beside each other."""
    rows: list[tuple[str, float | None]] = [
        ("claimed", claim.epsilon),
        ("accounted", min((each.epsilon for each in made), default=None)),
    ]
    if isinstance(run, OneRun):
        most = ceiling(run.coins, claim.delta, ALPHA)
        rows += [("shown", run.epsilon), ("most", most)]
        rows += [("coins", run.coins), ("guesses", run.guesses), ("right", run.right)]
    listing: Listing[tuple[str, float | None]] = Listing(
        "bound",
        WORDS,
        label("quantity", lambda row: WORDS(f"bound.{row[0]}")),
        number("value", lambda row: row[1]),
    )
    return listing.of(rows)


def coins_table(reading: Reading | None) -> Evidence:
    """The coins, those first of which the model is most sure."""
    ranked = [] if reading is None else sorted(reading.ranked, key=lambda row: (-row.score, row.canary.id))
    return COINS.of(ranked)
