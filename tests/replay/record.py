"""Records the findings of every probe anew, after a change that is meant to move them.

Run as `PYTHONPATH=tests:tests/support python -m replay.record`.
With names of probes it records these alone.
With `--findings` the recorded answers stay, and what is found from them is recorded anew: for a change that adds to it.
With `--words FILE` it writes every sentence of the recordings' findings to a file instead, to compare before and after.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from standins.answers import Answerer, at_random, drawn, with_gaps
from standins.every import SCENARIOS
from standins.runs import Scenario

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.requests import Answer, ClassScores, Embedding, Filled, Request, TokenScores, Unanswered
from replay.recording import Recording, Setting, numbers_of, read, record, replay, words_of, write

FOLDER = Path(__file__).parent / "recordings"
LIMITS: dict[str, dict[str, Any]] = {
    "winobias": {"limit": 60},
    "winogender": {"limit": 24},
    "mentions": {"limit": 12},
    "gender": {"limit": 10},
    "patching": {"limit": 10},
    "refusals": {"limit": 24, "people": 3},
    "misuse": {"limit": 16},
    "advice_by_group": {"limit": 5},
    "code_bias": {"limit": 4, "attributes": ("gender",)},
}
"""Options that keep the larger recordings small."""


def models(scenario: Scenario) -> Iterator[tuple[str, Answerer]]:
    """A competent model where there is one, else a biased one, with noise and gaps; and one that answers by chance."""
    chance = at_random(7, scenario.labels)
    yield "noisy", with_gaps(noisy(scenario.fair or scenario.worst[0].answer, chance), 0.02)
    if "Attribute" not in scenario.needs:
        yield "chance", chance


def noisy(answer: Answerer, chance: Answerer) -> Answerer:
    """The same model with some noise in every number, and one in ten of its words and decisions by chance.

    What it cannot be asked stays without an answer: a chance answer to one chat would make a probe ask chats alone.
    """

    def shaken(request: Request) -> Answer:
        rng = drawn(3, request)
        match answer(request):
            case TokenScores() as scores:
                return replace(scores, log_probs=_shaken(scores.log_probs, rng))
            case Filled() as filled:
                return replace(filled, log_probs=_shaken(filled.log_probs, rng))
            case ClassScores() as classes:
                return replace(classes, logits=_shaken(classes.logits, rng))
            case Embedding() as embedding:
                noise = rng.normal(0, 0.3, len(embedding.values)).astype(np.float32)
                return replace(embedding, values=embedding.values + noise)
            case Unanswered() as unanswered:
                return unanswered
            case given:
                return chance(request) if rng.random() < 0.1 and "Attribute" not in type(request).__name__ else given

    return shaken


def _shaken(numbers: Sequence[float], rng: np.random.Generator) -> tuple[float, ...]:
    return tuple(number + float(rng.normal(0, 0.3)) for number in numbers)


def setting_of(scenario: Scenario) -> Setting:
    """What the scenario gives its probe."""
    options = {**scenario.options, **LIMITS.get(scenario.probe, {})}
    capabilities = (*scenario.needs, *scenario.more)
    return Setting(
        probe=scenario.probe,
        capabilities=capabilities,
        kind=scenario.kind,
        options=options,
        tables=dict(scenario.tables),
    )


def recordings(probes: Sequence[str] = ()) -> Iterator[Recording]:
    """Every scenario, of these probes where any are named, with each of its models."""
    for scenario in SCENARIOS:
        if probes and scenario.probe not in probes:
            continue
        for label, answer in models(scenario):
            name = f"{scenario}-{label}".replace(" ", "_")
            with suppress(DoesNotApply):  # chance may lack what a probe reads, probabilities of all classes say
                yield record(name, setting_of(scenario), answer)


def main() -> None:
    """Records, or writes the words of what is recorded."""
    if sys.argv[1:2] == ["--words"]:
        with Path(sys.argv[2]).open("w", encoding="utf-8") as file:
            for path in sorted(FOLDER.glob("*.json.gz")):
                file.write(f"\n## {path.name}\n" + "\n".join(words_of(replay(read(path)))) + "\n")
        return
    if sys.argv[1:] == ["--findings"]:
        for recording in map(read, sorted(FOLDER.glob("*.json.gz"))):
            now = numbers_of(replay(recording))
            if now != recording.findings:
                write(replace(recording, findings=now), FOLDER)
        return
    probes = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json.gz"):
        if not probes or old.name.split("-")[0] in probes:
            old.unlink()
    for recording in recordings(probes):
        write(recording, FOLDER)


if __name__ == "__main__":
    main()
