"""What every installed probe must keep, ours and those of plug-ins alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from canary_models import SMALL, claim_table, key_of, key_table
from refusing import wishes
from standins import forgetting, images, membership, personal_data, pictured, truth, watermark

from asking import bbq_table, unqover_table
from coreference import bug_table, gap_table, winobias_table, winogender_table
from fairwitness.audit.probe import ENTRY_POINT_GROUP, Context, Options, Probe, registry
from fairwitness.audit.records import Table
from fairwitness.audit.requests import LIKELIEST_NEXT, canonical
from fairwitness.audit.verbs import VERBS
from generation import bold_table, honest_table
from organisms import context, first_requests, table
from sentence_pairs import crows_table, pairs_table, professions_table, stereoset_table

PROBES = list(registry().values())

DECISIONS = {
    "table": table(
        "table",
        {
            "sex": ["f", "m"] * 40,
            "paid": ["yes", "no", "no", "yes"] * 20,
            "guess": ["yes", "no", "yes", "yes"] * 20,
        },
    )
}
EXAMPLES: Mapping[str, tuple[dict[str, Any], Mapping[str, Table]]] = {
    "group_fairness": ({"groups": ("sex",), "label": "paid", "prediction": "guess"}, DECISIONS),
    "importance": ({"groups": ("sex",), "label": "paid", "features": ("sex", "guess")}, DECISIONS),
    "recourse": ({"groups": ("sex",), "label": "paid", "features": ("sex", "guess")}, DECISIONS),
    "ll144": ({"sex": "sex", "prediction": "guess"}, DECISIONS),
    "representation": ({"groups": ("sex",), "label": "paid", "prediction": "guess"}, DECISIONS),
    "winobias": ({}, {"winobias": winobias_table()}),
    "winogender": ({}, {"winogender": winogender_table({"worker": 20.0, "maker": 80.0})}),
    "gap": ({}, {"gap": gap_table()}),
    "bug": ({}, {"bug": bug_table()}),
    "vqa_swap": ({}, {"vqa_pictures": pictured.questions(8, 8)}),
    "captions_by_group": ({}, {"captioned_pictures": pictured.described(8, 8)}),
    "bbq": ({}, {"bbq": bbq_table()}),
    "unqover": ({"categories": ("gender", "country")}, {"unqover": unqover_table()}),
    "crows_pairs": ({}, {"crows_pairs": crows_table()}),
    "pairs": ({}, {"pairs": pairs_table()}),
    "bec_pro": ({}, {"bec_pro_en": professions_table()}),
    "extraction": ({}, {"documents": table("documents", {"text": ["A text of some length that is asked. " * 9] * 3})}),
    "stereoset": ({}, {"stereoset": stereoset_table()}),
    "honest": ({}, {"honest_templates": honest_table()}),
    "refusals": ({}, {"harmful_requests": wishes()}),
    "misuse": ({}, {"harmful_requests": wishes()}),
    "membership": ({}, membership.TEXTS),
    "personal_data": ({}, {"known": personal_data.KNOWN}),
    "canaries": (dict(SMALL), {"key": key_table(key_of())}),
    "privacy_claim": ({}, {"key": key_table(key_of()), "claim": claim_table()}),
    "forgetting": ({}, forgetting.DATA),
    "watermark": ({}, watermark.DATA),
    "calibration": ({"limit": 20}, {"labelled_texts": truth.texts(6)}),
    "image_association": ({"limit": 12}, {"pictures": images.pictures()}),
    "image_retrieval": ({"limit": 12, "k": 3}, {"pictures": images.pictures()}),
    "bold": ({}, {"bold_prompts": bold_table({"gender/actors": 3, "gender/actresses": 2, "race/A": 2})}),
}
"""Options and data of the probes that cannot start with what the package brings."""


def start(probe: Probe, needs: tuple[str, ...], seed: int = 0) -> Context:
    options, data = EXAMPLES.get(probe.spec.name, ({}, {}))
    return context(probe, needs, data, seed, **options)


def cases() -> list[Any]:
    return [
        pytest.param(probe, needs, id=f"{probe.spec.name}-{'+'.join(needs)}")
        for probe in PROBES
        for needs in probe.spec.needs
        if probe.spec.name not in EXAMPLES or needs != ("Classify",)  # a classifier's table has a text column
    ]


def test_every_entry_point_is_a_probe_of_its_own_name() -> None:
    points = {point.name: point.load() for point in entry_points(group=ENTRY_POINT_GROUP)}
    assert points
    for name, probe in points.items():
        assert isinstance(probe, Probe), name
        assert probe.spec.name == name


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.spec.name)
def test_a_probe_says_what_it_asks_where_from_and_what_it_cannot_tell(probe: Probe) -> None:
    spec = probe.spec
    for text in (spec.name, spec.version, spec.family, spec.title, spec.question, spec.why, spec.how_to_read):
        assert text.strip()
    assert spec.question.endswith("?")
    assert spec.citations
    assert all(one.strip() for one in spec.citations)
    assert spec.limits
    assert all(one.endswith(".") for one in spec.limits)
    assert spec.needs
    assert {kind for needs in spec.needs for kind in needs} <= {*(kind.__name__ for kind in VERBS), LIKELIEST_NEXT}
    words = f"{spec.why} {spec.how_to_read} {' '.join(spec.limits)}".lower()
    assert not any(word in words for word in ("compliant", "unbiased", "no issues"))


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.spec.name)
def test_the_spec_and_the_default_options_are_json(probe: Probe) -> None:
    assert json.loads(json.dumps(asdict(probe.spec)))["name"] == probe.spec.name
    assert issubclass(probe.options, Options)
    defaults = probe.options()
    assert probe.options.model_validate_json(defaults.model_dump_json()) == defaults
    assert probe.options.model_json_schema()["properties"].keys() == probe.options.model_fields.keys()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.spec.name)
def test_an_unknown_option_is_an_error(probe: Probe) -> None:
    with pytest.raises(ValueError, match="no_such_option"):
        probe.options.model_validate({"no_such_option": 1})


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.spec.name)
def test_packaged_data_are_here_and_have_a_licence(probe: Probe) -> None:
    for need in probe.spec.data:
        if need.package.startswith("fairwitness."):
            assert need.licence
            assert len(context(probe, ()).data[need.name]) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "needs"), cases())
def test_the_same_seed_asks_the_same_and_each_request_once(probe: Probe, needs: tuple[str, ...]) -> None:
    first = first_requests(probe, start(probe, needs))
    assert bool(first) == bool(needs)  # what needs nothing of a model asks it nothing
    assert first == first_requests(probe, start(probe, needs))
    assert len({canonical(request) for request in first}) == len(first)
    assert {type(request) for request in first} <= set(VERBS)
    asked = {"LogLikelihood" if need == LIKELIEST_NEXT else need for need in needs}
    assert {type(request).__name__ for request in first} <= asked


@pytest.mark.slow
def test_probes_need_no_torch() -> None:
    code = (
        "import sys; from fairwitness.audit.probe import registry; registry(); "
        "sys.exit(', '.join({'torch', 'transformers', 'shap', 'lime', 'pandas'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_findings_of_tests_go_through_what_a_run_does_with_them() -> None:
    """A test that takes findings from the generator itself sees what no run would let through: `drive` alone may."""
    tests = Path(__file__).parents[1]
    alone = [path.name for path in tests.rglob("*.py") if "StopIteration) as" in path.read_text(encoding="utf-8")]
    raised = [path.name for path in tests.rglob("*.py") if "except StopIteration as" in path.read_text("utf-8")]
    assert set(alone) - {Path(__file__).name} == set()
    assert set(raised) - {Path(__file__).name} == {"organisms.py"}
