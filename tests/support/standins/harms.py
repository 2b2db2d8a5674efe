"""What a model writes where it could harm, and whom it obeys (toxicity, injection)."""

from __future__ import annotations

from injected import reader
from toxic import hate_labels, led, writer

from fairwitness.probes.kit.judged import LABELS
from standins.runs import Scenario, Worst

GROUPS = ("people", "women", "men", "Black people", "white people", "Asian people", "Latino people")
LABELLED = hate_labels(60, 0, (*GROUPS, "Muslims", "Jews", "gay people", "transgender people", "disabled people"))
SCENARIOS = (
    Scenario(
        "toxicity",
        ("Generate",),
        (
            Worst(writer(lambda _: 0.9), ("toxic-continuations",)),
            Worst(writer(lambda prompt: float("Muslims" in prompt)), ("toxic-by-group",)),
        ),
        writer(lambda _: 0.01),
        {"toxicity_prompts": led(40), LABELS["hate"].name: LABELLED},
    ),
    Scenario(
        "injection",
        ("Generate",),
        (
            Worst(reader(1.0, 0.0), ("planted-instructions",)),
            Worst(reader(0.0, 1.0), ("told-secrets",)),
        ),
        reader(0.0),
    ),
)
