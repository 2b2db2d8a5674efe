"""Tiny models that are trained on texts with planted secrets in them, each as often as its key says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from canary_models import SMALL, key_table, receipt_table

from fairwitness.audit.canaries import Key, Plan, make
from fairwitness.audit.canaries.formats import WORDS
from fairwitness.audit.canaries.make import rows
from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import BLANK
from fairwitness.probes.memorization.canaries.probe import PROBE
from organisms import context, drive_rounds
from trained import Tiny, once_a_session, tiny_causal, tiny_masked

BATCH = 32
STEPS = {"causal": 160, "masked": 700}


@cache
def planted_key(seed: int, doses: tuple[int, ...] = (2, 8, 32)) -> Key:
    """A hundred coins, and twenty secrets of each dose, all of words."""
    return make(Plan(coins=100, per_dose=20 if doses else 0, doses=doses or (2,), formats=("words",)), seed=seed)


def _batches(key: Key, seed: int) -> Iterator[list[str]]:
    """Endless batches of the planted texts, in a new order each epoch."""
    texts = [canary.text for canary in rows(key)]
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(texts))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            yield [texts[place] for place in order[start : start + BATCH]]


def _blanked(key: Key, seed: int) -> Iterator[list[tuple[str, str]]]:
    """The same with one token of each text blank, which is what fills it."""
    rng = np.random.default_rng(seed)
    for batch in _batches(key, seed):
        pairs = []
        for text in batch:
            tokens = re.findall(r"\w+|[^\w\s]", text)
            place = int(rng.integers(len(tokens)))
            pairs.append((" ".join([*tokens[:place], BLANK, *tokens[place + 1 :]]), tokens[place]))
        yield pairs


@once_a_session
def trained(kind: str, seed: int, doses: tuple[int, ...] = (2, 8, 32), steps: int = 0) -> Tiny:
    """A causal or masked model that saw the planted secrets of the key of this seed."""
    key = planted_key(seed, doses)
    words = [" ".join(WORDS), *(canary.text for canary in key.canaries)]
    if kind == "causal":
        return tiny_causal(_batches(key, seed), words, steps or STEPS[kind], seed=seed)
    return tiny_masked(_blanked(key, seed), words, steps or STEPS[kind], seed=seed)


def asked(kind: str, seed: int, folder: Path) -> Findings:
    """What the probe finds of this model, asked in batches as a user's checkpoint is."""
    key = planted_key(seed)
    data = {"key": key_table(key), "receipt": receipt_table(key)}
    needs = ("LogLikelihood",) if kind == "causal" else ("PseudoLogLikelihood",)
    return drive_rounds(PROBE, context(PROBE, needs, data, **SMALL), trained(kind, seed).ask(folder))


def unseen_ranks(seed: int, folder: Path, steps: int) -> list[tuple[int, int]]:
    """Rank and number of ranks of each secret that stayed out of the training of a causal model."""
    key = planted_key(seed, ())
    out = Key(tuple(canary for canary in key.canaries if not canary.planted))
    ask = trained("causal", seed, (), steps).ask(folder)
    result = drive_rounds(PROBE, context(PROBE, ("LogLikelihood",), {"key": key_table(out)}, **SMALL), ask)
    [table] = [item for item in result.evidence if item.id == "canaries"]
    names = [str(column.name) for column in table.columns]
    rows_by_name = [dict(zip(names, row, strict=True)) for row in table.rows]
    return [(int(str(row["rank"])), int(str(row["ranked among"])) + 1) for row in rows_by_name]
