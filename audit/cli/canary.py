"""`fairwitness canary make`: secrets to plant in training data, and the key to them."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit.canaries.make import Plan, make, rows, shortfalls, write
from fairwitness.audit.cli.terminal import say, tell
from fairwitness.audit.errors import BadOption
from fairwitness.audit.stats.one_run import LEAST_COINS

LEAST_DOSE = 20
"""Fewest secrets of a dose by which a mean is told."""


def make_canaries(folder: Path, *, coins: int, per_dose: int, doses: str, formats: str | None, seed: int | None) -> int:
    """Writes a key file and the texts to mix in, and says what to do with them. Raises BadOption, CannotWrite."""
    plan = Plan(coins=coins, per_dose=per_dose, doses=_numbers(doses))
    if formats is not None:
        named = tuple(name.strip() for name in formats.split(",") if name.strip())
        plan = Plan(coins=coins, per_dose=per_dose, doses=_numbers(doses), formats=named)
    key = make(plan, seed=seed)
    key_path, texts_path = write(key, folder)
    say(f"set {key.name}: {len(key.canaries)} secrets, {len(key.planted)} of them planted")
    say(f"{key_path}  the key, which you alone can read: keep it out of the training data and out of the repository")
    say(f"{texts_path}  {len(rows(key))} texts: mix all of them into the training data, each as it stands")
    for said in shortfalls(key.canaries, LEAST_COINS, LEAST_DOSE):
        tell(f"too few: {said}")
    say("", f"fairwitness run MODEL -p canaries --data canaries={key_path} -O canaries.set={key.name}")
    return 0


def _numbers(doses: str) -> tuple[int, ...]:
    try:
        return tuple(int(dose) for dose in doses.split(",") if dose.strip())
    except ValueError:
        raise BadOption(f"--doses {doses}: give whole numbers between commas, as in 2,4,8,16,32") from None
