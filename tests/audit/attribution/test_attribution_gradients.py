from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from attribution_fakes import info
from torch import Tensor, nn

from fairwitness.audit.attribution import Explainer
from fairwitness.audit.attribution.gradients import integrate, nodes
from fairwitness.audit.attribution.targets import Refused
from fairwitness.audit.attribution.words import split
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Attribute, Attribution, ForClass, Target, Unanswered
from fairwitness.audit.subject import Background, PathGradients

pytestmark = pytest.mark.arithmetic

WIDTH = 5
YES = ForClass("yes")


class Bag(nn.Module):
    """A smooth, crooked function of the embeddings of a text: [rows, tokens, width] -> [rows]."""

    def __init__(self, bend: float) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.first = torch.randn(WIDTH, 7, generator=generator, dtype=torch.float64)
        self.second = torch.randn(7, generator=generator, dtype=torch.float64)
        self.bend = bend

    def forward(self, embedded: Tensor) -> Tensor:
        return torch.tanh(self.bend * embedded.mean(dim=1) @ self.first) @ self.second + embedded.sum(dim=(1, 2))


class Smooth:
    """A subject that differentiates and nothing else; every token's embedding is drawn from its text."""

    def __init__(self, bend: float = 1.0) -> None:
        self.model = Bag(bend)
        self.steps: list[int] = []

    @property
    def info(self) -> SubjectInfo:
        return info("Classify", "Attribute")

    def embedded(self, text: str) -> tuple[list[str], list[int], Tensor]:
        """Pieces of at most four letters, with the space before them, and signs on their own."""
        found = list(re.finditer(r" ?\w{1,4}|[^\w\s]", text))
        rows = []
        for match in found:
            generator = torch.Generator().manual_seed(sum(map(ord, match.group())))
            rows.append(torch.randn(WIDTH, generator=generator, dtype=torch.float64))
        return [match.group() for match in found], [match.start() for match in found], torch.stack(rows)

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        self.steps.append(len(alphas))
        tokens, starts, real = self.embedded(text)
        points = torch.tensor(alphas, dtype=torch.float64)[:, None, None] * real
        points.requires_grad_()
        values = self.model(points)
        (gradient,) = torch.autograd.grad(values.sum(), points)
        products = (gradient * real).sum(dim=-1).numpy()
        ends = [float(self.model(share * real[None])) for share in (0.0, 1.0)]
        return PathGradients(tuple(tokens), tuple(starts), products, tuple(values.tolist()), ends[0], ends[1])


def test_nodes_integrate_polynomials_exactly() -> None:
    at, weight = nodes(3)
    for degree in range(6):
        assert weight @ at**degree == pytest.approx(1 / (degree + 1))


def test_equals_captum_piece_by_piece() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # captum's own, on import
        from captum.attr import IntegratedGradients
    model, text = Smooth(), "The teacher left, quickly."
    _, starts, real = model.embedded(text)
    method = IntegratedGradients(model.model)
    nothing = torch.zeros_like(real)[None]
    theirs = method.attribute(real[None], nothing, n_steps=20, method="gausslegendre")[0].sum(dim=-1)
    found = integrate(model, text, YES, split(text))
    assert model.steps == [20]
    words = {word.start: number for number, word in enumerate(split(text))}
    expected, current = np.zeros(4), 0
    for start, value in zip(starts, theirs.tolist(), strict=True):
        sign = start + (text[start] == " ")
        current = words.get(sign, current)
        expected[current] += value
    assert found.attributions.values == pytest.approx(expected, abs=1e-6)
    assert found.attributions.values.sum() == pytest.approx(found.full - found.base, rel=0.01)


def test_a_linear_model_needs_the_first_steps_only() -> None:
    model, text = Smooth(bend=0.0), "one word more"
    found = integrate(model, text, YES, split(text))
    _, starts, real = model.embedded(text)
    by_piece = dict(zip(starts, real.sum(dim=1).tolist(), strict=True))
    assert model.steps == [20]
    assert found.attributions.values == pytest.approx([by_piece[0], by_piece[3], by_piece[8]])


class Jump(Smooth):
    """The target jumps from -1 to 1 at a place of the path; each of three tokens has its part of it."""

    def __init__(self, place: float, bend: float) -> None:
        super().__init__()
        self.place = place
        self.sharp = bend

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        self.steps.append(len(alphas))
        values = np.tanh(self.sharp * (np.array([*alphas, 0.0, 1.0]) - self.place))
        slopes = self.sharp * (1 - values[:-2] ** 2)
        products = np.outer(slopes, [0.5, 0.3, 0.2]).astype(np.float32)
        return PathGradients(("a", "b", "c"), (0, 2, 4), products, tuple(values[:-2]), values[-2], values[-1])


@pytest.mark.parametrize("place", [0.003, 0.02, 0.4, 0.97])
def test_a_jump_is_found_wherever_it_is(place: float) -> None:
    model = Jump(place, bend=800.0)
    found = integrate(model, "a b c", YES, split("a b c"))
    whole = found.full - found.base
    assert found.attributions.values == pytest.approx([0.5 * whole, 0.3 * whole, 0.2 * whole], rel=0.01)
    assert (model.steps[0], sum(model.steps)) == (20, found.steps)
    assert found.steps <= 320
    assert "Not converged" not in found.attributions.note


def test_twenty_even_steps_would_have_missed_the_jump() -> None:
    at, weight = nodes(20)
    path = Jump(0.003, bend=800.0).path_gradients("a b c", YES, at.tolist())
    assert isinstance(path, PathGradients)
    assert abs(path.full - path.base - float((weight @ path.products).sum())) > 0.1 * abs(path.full - path.base)


def test_a_jump_too_sharp_for_the_steps_is_said() -> None:
    found = integrate(Jump(1 / 3, bend=1e15), "a b c", YES, split("a b c"))
    assert "Not converged" in found.attributions.note
    assert found.steps <= 320
    assert abs(found.full - found.base - found.attributions.values.sum()) > 0.01 * abs(found.full - found.base)


def test_an_answer_tells_steps_ends_and_residual() -> None:
    model = Smooth()
    request = Attribute("The teacher left", YES, "integrated_gradients")
    (found,) = Explainer(model).explain([request], lambda requests: pytest.fail("no other question is needed"))
    assert isinstance(found, Attribution)
    assert (found.words, found.evaluations, found.errors) == (("The", "teacher", "left"), 20, ())
    assert found.residual == pytest.approx(found.full - found.base - sum(found.values), abs=1e-12)
    assert abs(found.residual) <= 0.01 * abs(found.full - found.base)


def test_no_gradients_is_said() -> None:
    class Refusing(Smooth):
        def path_gradients(
            self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
        ) -> PathGradients | Unanswered:
            return Unanswered("the text is too long")

    with pytest.raises(Refused, match="the text is too long"):
        integrate(Refusing(), "one", YES, split("one"))
