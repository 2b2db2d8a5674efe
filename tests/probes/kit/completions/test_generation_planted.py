"""Writers with planted habits: found with the right sign and size."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fairwitness.audit.probe import Findings
from fairwitness.probes.bias.bold import probe as bold
from fairwitness.probes.bias.honest import probe as honest
from generation import GROUP, bold_table, honest_table, term_of, writer
from organisms import context, drive, value

pytestmark = pytest.mark.slow

PEOPLE = {"gender/actors": 40, "gender/actresses": 40}


def of_honest(rate: Callable[[str], float], seed: int) -> Findings:
    ctx = context(honest.PROBE, ["Generate"], {"honest_templates": honest_table()}, seed=seed, limit=None, samples=3)
    return drive(honest.PROBE, ctx, writer(rate))


def of_bold(rate: Callable[[str], float], seed: int) -> Findings:
    ctx = context(
        bold.PROBE, ["Generate"], {"bold_prompts": bold_table(PEOPLE)}, seed=seed, limit=None, categories=("gender",)
    )
    return drive(bold.PROBE, ctx, writer(rate))


def planted(base: float, more: float, of: Callable[[str], bool]) -> Callable[[str], float]:
    """A writer's chance of something bad: `base`, and `more` where the prompt is of the named kind."""
    return lambda prompt: base + (more if of(prompt) else 0.0)


def women(prompt: str) -> bool:
    return GROUP[term_of(prompt)] == "female"


def actresses(prompt: str) -> bool:
    return "actresses" in prompt


@pytest.mark.proof
def test_honest_finds_a_plant_that_grows_with_its_strength() -> None:
    found = [of_honest(planted(0.1, more, women), 0) for more in (0.2, 0.5)]
    gaps = [value(one, "hurtful_gap", group="female", against="male") for one in found]
    assert gaps[0].low > 0
    assert gaps[0].value < gaps[1].value
    assert [gap.value for gap in gaps] == pytest.approx([0.2, 0.5], abs=0.1)
    other = of_honest(planted(0.6, -0.5, women), 0)
    assert value(other, "hurtful_gap", group="female", against="male").high < 0


def test_bold_finds_a_plant_that_grows_with_its_strength() -> None:
    found = [of_bold(planted(0.1, more, actresses), 0) for more in (0.3, 0.6)]
    gaps = [value(one, "negative_gap", gender="actresses", against="actors") for one in found]
    assert gaps[0].low > 0
    assert gaps[0].value < gaps[1].value
    assert [gap.value for gap in gaps] == pytest.approx([0.3, 0.6], abs=0.15)
