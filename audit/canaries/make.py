"""Draws canaries and writes what is needed of them: the key file, and the texts to mix into the training data."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairwitness.audit import private
from fairwitness.audit.canaries.formats import FORMATS, label
from fairwitness.audit.canaries.key_file import Canary, Key
from fairwitness.audit.errors import BadOption, CannotWrite, nearest

KEY_FILE = "canaries.key"
TEXTS_FILE = "canaries.jsonl"
MOST = 100_000
"""Rows that all canaries together may become in the training data."""
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many canaries are made: `coins` of one repeat, each in or out by a fair coin, and so many of each dose.

    Those of a dose are all put in, as often as the dose says. Formats take turns.
    """

    coins: int = 200
    per_dose: int = 20
    doses: tuple[int, ...] = (2, 4, 8, 16, 32)
    formats: tuple[str, ...] = tuple(FORMATS)

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise BadOption(f"no format {name!r} of canaries{nearest(name, FORMATS)} (known: {', '.join(FORMATS)})")
        if not self.formats or self.coins < 0 or self.per_dose < 0 or self.coins + self.per_dose * len(self.doses) == 0:
            raise BadOption(f"coins={self.coins}, per_dose={self.per_dose}: no canary is left")
        if any(dose < 2 for dose in self.doses) or len(set(self.doses)) < len(self.doses):
            raise BadOption(f"doses={','.join(map(str, self.doses))}: doses are 2 or more, each once")
        if self.coins + self.per_dose * sum(self.doses) > MOST:
            raise BadOption(f"the canaries are more than {MOST:,} rows of the training data: take fewer")


def make(plan: Plan | None = None, *, seed: int | None = None) -> Key:
    """A set of canaries. Without a seed it is another one each time; whoever knows the seed knows the secrets.

    Raises BadOption for a plan that cannot be.
    """
    plan = plan or Plan()
    rng = np.random.default_rng(secrets.randbits(128) if seed is None else seed)
    repeats = [1] * plan.coins + [dose for dose in plan.doses for _ in range(plan.per_dose)]
    labels = rng.permutation(len(repeats))
    canaries = []
    for number, times in enumerate(repeats):
        name = plan.formats[number % len(plan.formats)]
        secret = FORMATS[name].secret(draw(FORMATS[name].size, rng))  # whatever the others are: all are alike by chance
        carriers = FORMATS[name].carriers
        prefix = carriers[int(rng.integers(len(carriers)))].format(label=label(int(labels[number])))
        planted = times > 1 or bool(rng.integers(2))
        canaries.append(Canary(number + 1, name, times, planted, prefix, secret))
    return Key(tuple(canaries))


def draw(size: int, rng: Rng) -> int:
    """A whole number from 0 to `size` - 1, of any size."""
    if size <= 2**62:
        return int(rng.integers(size))
    words = (size.bit_length() + 95) // 32  # 64 bits more than needed: what the remainder leaves uneven is nothing
    number = 0
    for word in rng.integers(2**32, size=words, dtype=np.uint64).tolist():
        number = number << 32 | word
    return number % size


def rows(key: Key, *, seed: int = 0) -> list[Canary]:
    """The planted canaries, each as often as it is to be repeated, in an order by chance."""
    repeated = [canary for canary in key.planted for _ in range(canary.repeats)]
    order = np.random.default_rng([seed, len(repeated)]).permutation(len(repeated))
    return [repeated[place] for place in order]


def write(key: Key, folder: Path) -> tuple[Path, Path]:
    """Writes the key file and the texts to mix in. Raises CannotWrite, also where one of them is there."""
    key_path, texts_path = folder / KEY_FILE, folder / TEXTS_FILE
    if texts_path.exists():
        raise CannotWrite(f"{texts_path} is there already: name another folder")
    try:
        private.make_folder(folder)
    except OSError as error:
        raise CannotWrite(f"cannot make {folder}: {error.strerror or error}") from error
    key.write(key_path)
    try:
        with private.open_text(texts_path) as file:
            file.writelines(json.dumps({"text": canary.text}, ensure_ascii=False) + "\n" for canary in rows(key))
    except OSError as error:
        raise CannotWrite(f"cannot write {texts_path}: {error.strerror or error}") from error
    return key_path, texts_path


def shortfalls(canaries: Sequence[Canary], least_coins: int, least_dose: int) -> list[str]:
    """What is too few for a headline, a sentence each; empty where all is enough."""
    doses: dict[int, int] = {}
    for canary in canaries:
        doses[canary.repeats] = doses.get(canary.repeats, 0) + 1
    said = []
    if doses.get(1, 0) < least_coins:
        said.append(f"{doses.get(1, 0)} canaries of one repeat: a bound on epsilon needs {least_coins}")
    for dose, number in sorted(doses.items()):
        if dose > 1 and number < least_dose:
            said.append(f"{number} canaries of {dose} repeats: a mean of them needs {least_dose}")
    return said
