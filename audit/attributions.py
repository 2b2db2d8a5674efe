"""What each word of a text has to do with an answer: how that is asked, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.targets import Target

Method: TypeAlias = Literal[
    "shap",
    "shap_partition",
    "lime",
    "integrated_gradients",
    "expected_gradients",
    "gradient_x_input",
    "leave_one_out",
    "rollout",
]
"""`shap` samples permutations, `shap_partition` halves the text recursively (Owen values, no randomness).

`rollout` is a flow of information from 0 to 1 and no evidence: it is the same whatever the target is.
"""
Hiding: TypeAlias = Literal["", "removed", "masked", "drawn"]
"""How a word is hidden: left out, replaced by a mask, or by words that a masked model draws; empty: as is usual."""
Weights: TypeAlias = Literal["own", "head", "all"]
"""With which weights a model is explained: its own, a head drawn at random, or all drawn at random."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Share of each word of `text` in the target. `budget` is evaluations, 0 the method's default.

    Gradients choose their own steps. Words are hidden as `hiding` says, and the order that comes out is tested with
    words hidden as `tested` says; empty leaves the test out.
    Gradients begin at the token of a hidden word (integrated), at drawn tokens (expected) or at zeros (gradient x
    input): they have no other hiding to choose.
    """

    text: str
    target: Target
    method: Method
    budget: int = 0
    seed: int = 0
    hiding: Hiding = ""
    tested: Hiding = ""
    weights: Weights = "own"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Value per word in log-odds. `base` is the target with every word hidden, `full` with none.

    `residual` = full - base - sum(values): zero for a complete method. `errors` are Monte-Carlo standard errors,
    empty where the method has no randomness. `starts` are character offsets of the words.
    `hiding` is how words were hidden in it, empty where nothing hides words; `note` says so in a sentence. Rollout's
    values are no log-odds: shares of a flow, whose residual is what came from special tokens.
    Where the order was tested, in the request's `tested` way of hiding, curves have one number for each cut from no
    word to all of them (of more than 20 words 21 cuts): `removal`, the target with so many words of largest value
    hidden; `kept`, with these words alone shown; `random_removal`, the mean of `removal` over ten random orders;
    `greedy_removal` and `greedy_kept`, the same for an order that a greedy search on the model finds. `infidelity` is
    the share of what hidden words cost that the values miss (Yeh et al. 2019), and the same of shuffled values.
    `single_removal` is the target with one word hidden, for each word in the order of the text.
    `unread` is a hash of what the model is given of a text of which its tokenizer knows not all, else empty.
    `test_evaluations` counts what the test asked of the text. All are empty where no test was asked for or possible.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    values: tuple[float, ...]
    base: float
    full: float
    residual: float
    evaluations: int
    errors: tuple[float, ...] = ()
    note: str = ""
    removal: tuple[float, ...] = ()
    random_removal: tuple[float, ...] = ()
    kept: tuple[float, ...] = ()
    greedy_removal: tuple[float, ...] = ()
    greedy_kept: tuple[float, ...] = ()
    infidelity: tuple[float, ...] = ()
    test_evaluations: int = 0
    hiding: Hiding = ""
    single_removal: tuple[float, ...] = ()
    unread: str = ""
