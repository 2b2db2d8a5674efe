"""A claim of differential privacy, its assumptions, and what accountants say of it."""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.accounting import HOW, Accounted, accounted
from fairwitness.audit.records import Cell, Name, Table
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed, and how the training was done, as far as it is said."""

    epsilon: float
    delta: float
    noise: float | None
    rate: float | None
    steps: int | None
    examples: int | None
    sampling: str
    clipping: float | None
    accountant: str


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption: whether it holds (None: nobody said), and what was said."""

    name: str
    holds: bool | None
    said: str


def claim_of(table: Table) -> Claim:
    """The claim of a file as the harness reads it."""
    row = {name: cells[0] for name, cells in table.columns.items()}
    return Claim(
        epsilon=_number(row["epsilon"]) or 0.0,
        delta=_number(row["delta"]) or 0.0,
        noise=_number(row["noise_multiplier"]),
        rate=_number(row["sample_rate"]),
        steps=_whole(row["steps"]),
        examples=_whole(row["examples"]),
        sampling=str(row["sampling"] or ""),
        clipping=_number(row["clipping_norm"]),
        accountant=str(row["accountant"] or ""),
    )


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def _whole(cell: Cell) -> int | None:
    number = _number(cell)
    return None if number is None else round(number)


def checks(claim: Claim) -> list[Check]:
    """The assumptions without which an epsilon of these accountants means nothing."""
    rare = None if claim.examples is None else claim.delta < 1 / claim.examples
    return [
        Check("poisson", claim.sampling == "poisson" if claim.sampling else None, claim.sampling),
        Check("delta", rare, "" if claim.examples is None else f"{claim.delta:g}, 1/{claim.examples}"),
        Check("clipping", True if claim.clipping is not None else None, _said(claim.clipping)),
        Check("noise", True if claim.noise is not None else None, _said(claim.noise)),
        Check("rate", True if claim.rate is not None else None, _said(claim.rate)),
        Check("steps", True if claim.steps is not None else None, _said(claim.steps)),
    ]


def _said(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def unfit(made: list[Check]) -> str:
    """Why the claim cannot be accounted for; empty where it can."""
    broken = [check for check in made if check.holds is not True]
    if not broken:
        return ""
    key = "assumption.broken" if broken[0].holds is False else "assumption.not_said"
    return WORDS(key, assumption=WORDS(f"check.{broken[0].name}"), said=Name(broken[0].said))


def accounts(claim: Claim) -> tuple[Accounted, ...]:
    """What the accountants that are installed say, where noise, sample rate and steps are known."""
    if claim.noise is None or claim.rate is None or claim.steps is None:
        return ()
    return accounted(claim.noise, claim.rate, claim.steps, claim.delta, claim.epsilon)


def no_accountant() -> str:
    """That none is installed, and how to get one."""
    return WORDS("reason.no_accountant", how=Name(HOW))
