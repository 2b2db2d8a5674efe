"""Planted secrets, and a claim of differential privacy."""

from __future__ import annotations

from canary_models import SMALL, claim_table, key_of, key_table, mind, receipt_table

from standins.runs import Scenario, Worst

KEY, COINS = key_of(), key_of(coins=120)
CLAIMS = tuple(
    Scenario(
        "privacy_claim",
        (kind,),
        (Worst(mind(COINS, lambda repeats: 60.0), ("claimed-epsilon-beside-secrets",)),),
        tables={"key": key_table(COINS), "claim": claim_table()},
    )
    for kind in ("LogLikelihood", "PseudoLogLikelihood")
)
SCENARIOS = CLAIMS + tuple(
    Scenario(
        "canaries",
        (kind,),
        (
            Worst(mind(KEY, lambda repeats: 60.0), ("secrets-seen-once",)),
            Worst(mind(KEY, lambda repeats: 60.0, reads=False), ("secrets-seen-once",)),
        ),
        mind(KEY, lambda repeats: 0.0),
        {"key": key_table(KEY), "receipt": receipt_table(KEY)},
        SMALL,
    )
    for kind in ("LogLikelihood", "PseudoLogLikelihood")
)
