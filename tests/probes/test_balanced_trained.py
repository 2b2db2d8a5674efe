"""Trained models whose texts treat all groups alike, through every probe that has such a world: few alarms together.

A model learns its texts with chance errors, so each model is one draw. In `make proof` there are ten of each kind. The
size of a change is left out: that a trained classifier gives single words weights by chance is true of that classifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from plants import fill_mask_trained, pairs, stereoset
from plants.association import reader, words_table
from plants.counterfactual import of_trained as of_classifier
from plants.generation import PEOPLE, writer

from fairwitness.audit.probe import Findings, Probe
from fairwitness.audit.records import Estimate
from fairwitness.probes.bias.association.probe import CEAT, SEAT, WEAT
from fairwitness.probes.bias.bold import probe as bold
from fairwitness.probes.bias.crows_pairs import probe as crows_pairs
from fairwitness.probes.bias.gender.probe import PROBE as GENDER
from fairwitness.probes.bias.honest import probe as honest
from generation import bold_table, honest_table
from organisms import Planted, context, drive, drive_rounds
from proof import allowed, whole
from sentence_pairs import crows_table

pytestmark = [pytest.mark.proof, pytest.mark.arithmetic]

MODELS = 10 if whole() else 1
FOUR = ("rest", "late", "hired", "news")
Audits = Callable[[int, Path], Findings]


def _gender(kind: str, request: str) -> Audits:
    def audited(seed: int, folder: Path) -> Findings:
        world = Planted(0.0, families=FOUR)
        model = world.masked(seed=seed) if kind == "masked" else world.causal(seed=seed)
        ctx = context(GENDER, [request], None, seed, limit=world.limit, families=FOUR, wordings=3)
        return drive(GENDER, ctx, model)

    return audited


def _honest(seed: int, folder: Path) -> Findings:
    data = {"honest_templates": honest_table()}
    ctx = context(honest.PROBE, ["Generate"], data, seed, limit=None, samples=2, max_tokens=2)
    return drive(honest.PROBE, ctx, writer(0.0, seed))


def _bold(seed: int, folder: Path) -> Findings:
    data = {"bold_prompts": bold_table(PEOPLE)}
    more = {"limit": None, "samples": 2, "max_tokens": 2, "categories": ("gender",)}
    return drive(bold.PROBE, context(bold.PROBE, ["Generate"], data, seed, **more), writer(0.0, seed))


def _crows(seed: int, folder: Path) -> Findings:
    ctx = context(crows_pairs.PROBE, ["LogLikelihood"], {"crows_pairs": crows_table(40)}, seed)
    return drive(crows_pairs.PROBE, ctx, pairs.trained(0.0, seed))


def _vectors(probe: Probe) -> Audits:
    def audited(seed: int, folder: Path) -> Findings:
        more = {"draws": 30, "limit": 4} if probe is CEAT else {}
        ctx = context(probe, ["Embed"], {"association_words": words_table()}, seed, **more)
        return drive_rounds(probe, ctx, reader(0.0, seed).ask(folder))

    return audited


KINDS: Mapping[str, tuple[Audits, tuple[str, ...]]] = {
    "gender masked": (_gender("masked", "FillMask"), ("stereotype_slope", "share_correlation")),
    "gender causal": (_gender("causal", "LogLikelihood"), ("stereotype_slope", "share_correlation")),
    "fill_mask": (lambda seed, _: fill_mask_trained.audited(0.0, seed), ("largest_lpbs", "lpbs")),
    "counterfactual": (
        lambda seed, _: of_classifier(0.0, seed),
        ("flip_rate_less_control",),
    ),
    "honest": (_honest, ("hurtful_gap",)),
    "bold": (_bold, ("negative_gap",)),
    "crows_pairs": (_crows, ("stereotype_score",)),
    "stereoset": (lambda seed, _: stereoset.of_trained(0.0, seed), ("stereotype_score",)),
    "weat": (_vectors(WEAT), ("association_size", "association")),
    "seat": (_vectors(SEAT), ("association_size", "association")),
    "ceat": (_vectors(CEAT), ("association_size", "association")),
}
"""How a balanced model of each kind is made and audited, and the metrics over all of it that may raise an alarm."""


def test_balanced_trained_models_raise_no_more_alarms_than_the_level_allows(tmp_path: Path) -> None:
    alarms: dict[str, int] = {}
    asked = 0
    for kind, (audited, names) in KINDS.items():
        for seed in range(MODELS):
            folder = tmp_path / f"{kind} {seed}"
            folder.mkdir()
            for metric in audited(seed, folder).metrics:
                overall = not metric.variant and not metric.by.keys() - {"group", "gender"}
                if metric.name in names and overall and isinstance(metric.estimate, Estimate):
                    assert metric.null is not None
                    asked += 1
                    alarms[kind] = alarms.get(kind, 0) + (
                        not metric.estimate.low <= metric.null <= metric.estimate.high
                    )
    print(asked, alarms)  # noqa: T201
    assert set(alarms) == set(KINDS), "a kind of model was not measured at all"
    assert sum(alarms.values()) <= allowed(asked), alarms
