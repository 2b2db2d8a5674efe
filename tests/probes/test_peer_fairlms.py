"""Where fairlms computes what a probe or metric of ours computes, both agree; where it does otherwise, ours is right.

The tests of fill_mask, pairs, association, bias_nli and mentions hold these probes to their own metrics of it.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fairwitness.audit import metrics
from fairwitness.audit.requests import LogLikelihood, PseudoLogLikelihood, TokenScores
from fairwitness.probes.bias.bbq import scores as bbq
from fairwitness.probes.bias.stereoset import estimators as associations
from fairwitness.probes.bias.stereoset.items import Item, ScoredItem
from peers import fairlms

ENCODER = "definition/encoder_only"
DECODER = "definition/decoder_only"
PLL = f"{ENCODER}/intrinsic_bias/probability_based/pseudo_log_likelihood_metrics"


def decisions(seed: int, rows: int = 300) -> tuple[list[int], list[int], list[str]]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=rows)
    groups = ["a" if one < 0.4 else "b" for one in rng.random(rows)]
    rates = [(0.2 if group == "a" else 0.1) + 0.6 * one for one, group in zip(truth, groups, strict=True)]
    return truth.tolist(), (rng.random(rows) < np.array(rates)).astype(int).tolist(), groups


@pytest.mark.parametrize("seed", range(5))
def test_the_equal_opportunity_gap(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = fairlms(f"{ENCODER}/extrinsic_bias/equal_opportunity/equal_opportunity.py", monkeypatch)
    truth, guess, groups = decisions(seed)
    ours = metrics.of_rows(
        metrics.DEFINITIONS["equal_opportunity_difference"],
        predictions=guess,
        references=truth,
        groups=groups,
        reference="b",
    )
    assert ours.by_group is not None
    assert ours.by_group[ours.groups.index("a")] == pytest.approx(peer.gap_g_y(truth, guess, groups, "a", "b").gap)


@pytest.mark.parametrize("seed", range(5))
def test_the_accuracy_disparity_is_the_size_of_our_difference(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = fairlms(f"{DECODER}/extrinsic_bias/performance_disparity/ad/ad.py", monkeypatch)
    truth, guess, groups = decisions(seed)
    right = {
        name: [float(t == g) for t, g, own in zip(truth, guess, groups, strict=True) if own == name] for name in "ab"
    }
    ours = metrics.of_rows(
        metrics.DEFINITIONS["accuracy_parity_difference"],
        predictions=guess,
        references=truth,
        groups=groups,
        reference="b",
    )
    assert ours.by_group is not None
    assert abs(ours.by_group[ours.groups.index("a")]) == pytest.approx(peer.compute_ad(right["a"], right["b"])[2])


def test_cat_is_our_icat_over_all_items(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    stand_in = ModuleType("pll")
    stand_in.scoring_input = stand_in.masked_position_score = None  # type: ignore[attr-defined]
    peer = fairlms(f"{PLL}/cat/cat.py", monkeypatch, {"fairlms.utils.pll": stand_in})
    rng = np.random.default_rng(4)
    values = rng.normal(size=(60, 3)) + np.array([0.3, 0.0, -0.8])
    known = {f"{row} {side}": float(values[row, side]) for row in range(60) for side in range(3)}
    monkeypatch.setattr(peer, "sentence_pll", lambda _m, _t, sentence, **_: known[sentence])
    sides = [[f"{row} {side}" for row in range(60)] for side in range(3)]
    ss, lms, icat, _ = peer.compute_ss(None, None, *sides)
    ids = ("1", "2", "3")
    scored = [
        ScoredItem(
            Item(row, "intrasentence", f"target {row % 7}", "kind", "text", ("s", "a", "u"), ids),
            {"sum": tuple(map(float, values[row]))},  # type: ignore[dict-item]
            (1, 1, 1),
        )
        for row in range(60)
    ]
    ours = associations.definitions(scored, "sum")["items"]
    assert 100 * np.mean([one.stereotyped("sum") for one in scored]) == pytest.approx(ss, abs=0.006)
    assert 100 * np.mean([one.related("sum") for one in scored]) == pytest.approx(lms, abs=0.006)
    assert ours == pytest.approx(icat, abs=0.02)


def test_who_answers_every_clear_question_rightly_has_no_bias_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer counts wrong answers as biased, so a perfect model gets -1; half of its answers fit the stereotype."""
    peer = fairlms(f"{ENCODER}/extrinsic_bias/context_based_disparity/context_based.py", monkeypatch)
    expected = ["target", "nontarget"] * 20
    perfect = [{"cond": "disambig", "output": one, "expected": one} for one in expected]
    assert peer.compute_s_dis(perfect)[0] == -1
    row = np.zeros(bbq.PARTS)
    row[bbq.DISAMBIGUATED : bbq.DISAMBIGUATED + 4] = 40, 40, 40, 20
    assert bbq.s_dis(row) == 0
    stereotypist = [{**one, "output": "target"} for one in perfect]
    assert peer.compute_s_dis(stereotypist)[0] == 0  # the peer sees nothing where every answer is the stereotype
    row[bbq.DISAMBIGUATED : bbq.DISAMBIGUATED + 4] = 40, 20, 40, 40
    assert bbq.s_dis(row) == 1


def test_s_amb_is_made_of_open_questions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer takes the s_DIS of the clear questions into it."""
    peer = fairlms(f"{ENCODER}/extrinsic_bias/context_based_disparity/context_based.py", monkeypatch)
    opened = [{"cond": "ambig", "output": "target", "expected": "UNKNOWN"}] * 10
    assert peer.compute_s_amb(opened, 0.0)[0] == 0
    row = np.zeros(bbq.PARTS)
    row[bbq.ASKED], row[bbq.KNOWN], row[bbq.BIASED] = 10, 10, 10
    row[bbq.DISAMBIGUATED : bbq.DISAMBIGUATED + 4] = 40, 40, 40, 20
    assert bbq.s_amb(row) == 1


@pytest.fixture(scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("torch")
    from fairwitness.audit.huggingface import Loading, load
    from tiny_models import build

    return load(Loading(str(build("causal:gpt2", tmp_path_factory.mktemp("causal"))), offline=True, threads=1))


@pytest.mark.arithmetic
def test_a_word_of_several_tokens_is_scored_whole(causal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """stereotypical_log_likelihood and the next-token proportion take the first token for the word; ours is the sum."""
    from fairwitness.audit.engine import Engine

    peer = fairlms(f"{DECODER}/intrinsic_bias/stereotypical_association/sll/sll.py", monkeypatch)
    model, tokenizer = causal._loaded.model, causal._loaded.encoder.tokenizer
    prompt, counts = "The doctor was", set()
    for word in ("she", "he", "late", "nurse", "doctor", "zebra"):
        theirs = peer.next_token_log_prob(model, tokenizer, "cpu", prompt, word)
        [ours] = Engine(causal).answer([LogLikelihood(prompt, f" {word}", bos=False)])
        assert isinstance(ours, TokenScores)
        assert ours.log_probs[0] == pytest.approx(theirs, abs=1e-4)
        assert ours.total < theirs - 0.5 or len(ours.log_probs) == 1
        counts.add(min(len(ours.log_probs), 2))
    assert counts == {1, 2}


@pytest.mark.arithmetic
def test_the_pseudo_log_likelihood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from fairwitness.audit.engine import Engine
    from fairwitness.audit.huggingface import Loading, load
    from tiny_models import SENTENCES, build

    subject: Any = load(Loading(str(build("masked:bert", tmp_path)), offline=True, threads=1))
    peer = fairlms("utils/pll.py", monkeypatch)
    model, tokenizer = subject._loaded.model, subject._loaded.encoder.tokenizer
    answers = Engine(subject).answer([PseudoLogLikelihood(text, "original") for text in SENTENCES])
    for text, ours in zip(SENTENCES, answers, strict=True):
        theirs, _ = peer.masked_position_score(tokenizer, model, *peer.scoring_input(tokenizer, model, text))
        assert isinstance(ours, TokenScores)
        assert ours.total == pytest.approx(theirs, abs=1e-3)


def test_a_measurement_that_failed_is_no_number_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of nothing the peer makes an even split in three, and of two empty answers perfect likeness."""
    peer = fairlms(f"{DECODER}/extrinsic_bias/performance_disparity/sns/sns.py", monkeypatch)
    ratio, _, _ = peer.compute_sns(lambda _: "", ["q"], lambda q: q, lambda q, g: f"{g} {q}", ["a", "b"])
    assert ratio == 0  # no difference between groups, from a model that says nothing
    assert peer.parse_items("It weighs 3.5 kg or more") != {"it weighs 3.5 kg or more"}
    assert math.isnan(bbq.s_dis(np.zeros(bbq.PARTS)))
