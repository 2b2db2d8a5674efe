"""Summaries of weights beside numpy, and faults that are planted in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tiny_models
from fairwitness.audit import codec
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.describe import describe, spectrum_of
from fairwitness.audit.internals import DescribeWeights, WeightSummary
from fairwitness.audit.requests import Unanswered

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]


def subject_of(tmp_path: Path, name: str = "causal:llama") -> Any:
    return load(Loading(str(tiny_models.build(name, tmp_path))))


def summary_of(subject: Any) -> WeightSummary:
    [summary] = subject.describe_weights([DescribeWeights()])
    assert isinstance(summary, WeightSummary), summary
    return summary


def in_numpy(matrix: Any) -> tuple[float, float, float, float]:
    """Norm, largest singular value, stable and effective rank."""
    values = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
    shares = values[values > 0] / values.sum()
    norm = float(np.sqrt((values**2).sum()))
    return norm, float(values[0]), norm**2 / float(values[0]) ** 2, float(np.exp(-(shares * np.log(shares)).sum()))


@pytest.mark.parametrize("name", ["causal:llama", "causal:gpt2", "masked:bert", "question:distilbert", "encoder:bert"])
def test_spectra_are_those_of_numpy_and_a_fresh_model_has_no_alarm(tmp_path: Path, name: str) -> None:
    subject = subject_of(tmp_path, name)
    summary = summary_of(subject)
    assert codec.decode(codec.encode([summary]))[0].names == summary.names  # type: ignore[union-attr]
    weights = dict(subject._loaded.model.named_parameters())
    assert set(summary.names) == {key for key, weight in weights.items() if weight.dim() == 2}
    for place, weight_name in enumerate(summary.names):
        matrix = weights[weight_name].detach().numpy()
        expected = in_numpy(matrix)
        given = tuple(
            values[place] for values in (summary.norms, summary.largest, summary.stable_ranks, summary.effective_ranks)
        )
        assert given == pytest.approx(expected, rel=1e-5)
        assert (summary.rows[place], summary.columns[place]) == matrix.shape
    assert summary.values == sum(weight.numel() for weight in weights.values())
    assert (summary.broken, summary.unread, summary.heads_unread) == ((), (), "")
    inside = [place for place, layer in enumerate(summary.layers) if layer]
    assert sum(summary.dead_rows[place] + summary.dead_columns[place] for place in inside) == 0
    off = ~np.eye(4, dtype=bool)
    assert summary.ov.shape == summary.qk.shape == (2, 4, 4)
    assert np.abs(summary.ov[:, off]).max() < 0.3


def test_circuits_are_compared_as_whole_matrices_are(tmp_path: Path) -> None:
    """W_O W_V and W_Q^T W_K of each head written out, keys and values shared by pairs of heads."""
    subject = subject_of(tmp_path)
    layer = subject._loaded.model.model.layers[1].self_attn
    query, key, value, out = (
        part.weight.detach().numpy().astype(np.float64)
        for part in (layer.q_proj, layer.k_proj, layer.v_proj, layer.o_proj)
    )
    ov, qk = [], []
    for head in range(4):
        own, shared = slice(8 * head, 8 * head + 8), slice(8 * (head // 2), 8 * (head // 2) + 8)
        ov.append((out[:, own] @ value[shared]).ravel())
        qk.append((query[own].T @ key[shared]).ravel())
    summary = summary_of(subject)
    for given, circuits in ((summary.ov[1], np.array(ov)), (summary.qk[1], np.array(qk))):
        norms = np.linalg.norm(circuits, axis=1)
        assert given == pytest.approx(circuits @ circuits.T / norms[:, None] / norms[None, :], abs=1e-5)


def test_what_is_planted_in_weights_is_found(tmp_path: Path) -> None:
    """A dead unit, a layer of rank one, a head that is there twice, and a value that is no number."""
    subject = subject_of(tmp_path)
    layers = subject._loaded.model.model.layers
    with torch.no_grad():
        layers[0].mlp.up_proj.weight[5] = 0.0
        layers[0].mlp.down_proj.weight[:, 7] = 1e-12
        layers[1].mlp.gate_proj.weight.copy_(torch.outer(torch.arange(1.0, 65.0), torch.arange(1.0, 33.0)))
        attention = layers[1].self_attn
        attention.q_proj.weight[8:16] = attention.q_proj.weight[:8]
        attention.o_proj.weight[:, 8:16] = 2 * attention.o_proj.weight[:, :8]
    summary = summary_of(subject)
    by_name = {name: place for place, name in enumerate(summary.names)}
    up, down, gate = (
        by_name[f"model.layers.{name}.weight"] for name in ("0.mlp.up_proj", "0.mlp.down_proj", "1.mlp.gate_proj")
    )
    assert (summary.dead_rows[up], summary.dead_columns[up]) == (1, 0)
    assert (summary.dead_rows[down], summary.dead_columns[down]) == (0, 1)
    assert summary.stable_ranks[gate] == pytest.approx(1.0)
    assert summary.effective_ranks[gate] == pytest.approx(1.0, abs=0.01)
    assert summary.ov[1, 0, 1] == pytest.approx(1.0, abs=1e-6)
    assert summary.qk[1, 0, 1] == pytest.approx(1.0, abs=1e-6)
    assert summary.ov[1, 0, 2] < 0.5
    with torch.no_grad():
        layers[0].mlp.up_proj.weight[0, 0] = float("nan")
        layers[0].input_layernorm.weight[0] = float("inf")
    broken = summary_of(subject)
    assert dict(zip(broken.broken, broken.not_finite, strict=True)) == {
        "model.layers.0.mlp.up_proj.weight": 1,
        "model.layers.0.input_layernorm.weight": 1,
    }
    assert broken.norms[up] is None
    assert broken.effective_ranks[up] is None
    with torch.no_grad():
        layers[0].self_attn.q_proj.weight[0, 0] = float("nan")
    assert summary_of(subject).heads_unread == "a matrix of the heads holds a value that is not finite"


def test_a_large_matrix_has_its_largest_value_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = torch.randn(60, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    matrix[:, 0] *= 5
    exact = spectrum_of(matrix)
    monkeypatch.setattr("fairwitness.audit.huggingface.describe.EXACT", 10)
    rough = spectrum_of(matrix)
    assert rough.largest == pytest.approx(exact.largest, rel=1e-6)
    assert rough.effective is None
    zero = spectrum_of(torch.zeros(3, 4, dtype=torch.float64))
    assert (zero.norm, zero.stable, zero.effective) == (0.0, None, None)


def test_whole_numbers_are_named_and_a_model_of_nothing_else_is_unanswered() -> None:
    model: Any = torch.nn.Module()
    model.config = type("Config", (), {"num_hidden_layers": 1, "num_attention_heads": 1})()
    model.base_model = model
    model.coded = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.int8), requires_grad=False)
    assert describe(model) == Unanswered("the model has no matrix of floating-point numbers")
    model.plain = torch.nn.Parameter(torch.eye(3))
    summary = describe(model)
    assert isinstance(summary, WeightSummary)
    assert summary.unread == ("coded",)
    [rank] = summary.effective_ranks
    assert rank == pytest.approx(3.0)
    assert summary.heads_unread == "no list of layers with heads was found"
