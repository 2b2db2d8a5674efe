"""Attention and attribution: matrices and token strips."""

from __future__ import annotations

import numpy as np
from golden.sample_base import estimate, spec

from fairwitness.audit.records import Column, Evidence, Measured, Metric, Undefined


def attention() -> Measured:
    words = ["[CLS]", "The", "nurse", "said", "that", "she", "would", "be", "late", ".", "[SEP]"]
    maps = []
    for number in range(2):
        rng = np.random.default_rng(number)
        weights = rng.dirichlet(np.ones(len(words)) * 0.4, len(words))
        weights[:, 0] += 0.6
        weights /= weights.sum(axis=1, keepdims=True)
        maps.append(
            Evidence(
                id=f"map_{number}",
                caption=f"Layer {number * 3 + 1}, head {number + 4}: from each token (row) to each token (column)",
                kind="matrix",
                columns=(Column("from"), *(Column(word, "number", "weight") for word in words)),
                rows=tuple(
                    (word, *(round(float(w), 4) for w in row)) for word, row in zip(words, weights, strict=True)
                ),
                total=len(words),
            )
        )
    heads = tuple(
        (layer, head, round(2.4 - 0.1 * layer + 0.03 * head, 3), round(0.2 + 0.05 * layer, 3))
        for layer in range(6)
        for head in range(4)
    )
    return Measured(
        probe=spec("attention", "explanation", "Where attention goes", "Which words do the attention heads look at?"),
        metrics=(
            Metric(
                name="entropy",
                estimate=estimate(1.94, 0.08, 40),
                unit="nats",
                better="none",
                claim="Heads spread their attention over about seven tokens.",
                null=None,
                evidence=("heads",),
            ),
            Metric(
                name="first_token_mass",
                estimate=estimate(0.61, 0.03, 40),
                unit="share",
                better="none",
                claim="Most attention rests on the first token and tells nothing of meaning.",
                null=None,
                evidence=("heads",),
            ),
            Metric(
                name="group_word_mass",
                estimate=estimate(0.043, 0.009, 40),
                unit="share",
                better="none",
                claim="The group word receives little direct attention.",
            ),
        ),
        evidence=(
            *maps,
            Evidence(
                id="heads",
                caption="Single heads, averaged over texts",
                kind="table",
                columns=(
                    Column("layer", "number"),
                    Column("head", "number"),
                    Column("entropy", "number", "nats"),
                    Column("first token", "number", "share"),
                ),
                rows=heads,
                total=24,
            ),
        ),
        requests=40,
        unanswered=0,
        notes=("Attention is information flow, not evidence for a decision.",),
    )


def attribution() -> Measured:
    words = [
        "The",
        "nurse",
        "said",
        "that",
        "[MASK]",
        "would",
        "be",
        "late",
        "because",
        "of",
        "the",
        "<b>snow</b>",
        ".",
    ]
    shap = [0.02, 1.84, 0.11, -0.03, 0.0, -0.12, 0.05, -0.31, 0.02, 0.01, 0.03, -0.22, 0.01]
    lime = [0.05, 1.71, 0.20, -0.10, 0.0, -0.09, 0.02, -0.25, 0.06, -0.02, 0.05, -0.15, 0.00]
    errors = [0.03, 0.06, 0.05, 0.04, 0.02, 0.05, 0.03, 0.06, 0.03, 0.02, 0.03, 0.05, 0.02]
    rows = tuple(
        (w, a, e, b, c, w == "nurse")
        for w, a, e, b, c in zip(words, shap, errors, lime, [round(s * 0.9, 3) for s in shap], strict=True)
    )
    return Measured(
        probe=spec("attribution", "explanation", "Which words decide", "Which words push the model towards she or he?"),
        metrics=(
            Metric(
                name="seed_stability",
                estimate=estimate(0.91, 0.05, 12, "Fisher z"),
                unit="correlation",
                better="higher",
                claim="Two seeds give nearly the same order of words.",
                null=None,
                variant={"method": "SHAP"},
                evidence=("strip_1",),
            ),
            Metric(
                name="seed_stability",
                estimate=Undefined("no randomness"),
                unit="correlation",
                better="higher",
                claim="",
                null=None,
                variant={"method": "integrated gradients"},
            ),
            Metric(
                name="completeness_error",
                estimate=estimate(0.004, 0.003, 12),
                unit="share",
                better="lower",
                claim="The parts add up to the whole.",
                null=0.0,
                variant={"method": "integrated gradients"},
                evidence=("strip_1",),
            ),
        ),
        evidence=(
            Evidence(
                id="strip_1",
                caption="she against he: “The nurse said that [MASK] would be late because of the snow.”",
                kind="tokens",
                columns=(
                    Column("word", "token"),
                    Column("SHAP", "weight", "log-odds"),
                    Column("SHAP error", "error", "log-odds"),
                    Column("LIME", "weight", "log-odds"),
                    Column("integrated gradients", "weight", "log-odds"),
                    Column("group word", "flag"),
                ),
                rows=rows,
                total=len(rows),
            ),
        ),
        requests=8400,
        unanswered=0,
    )
