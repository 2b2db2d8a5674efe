"""The document is the records and nothing else: the schema is made from them, and numbers of numpy are numbers."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.sample import sample

from fairwitness.audit import document
from fairwitness.audit.document import serialization
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit, Estimate, Measured, Translated, languages

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_schema_is_the_one_that_the_records_make() -> None:
    made = runpy.run_path(str(DOCS / "make_schema.py"))
    assert made["FILE"].read_text(encoding="utf-8") == made["text"](), "run python docs/make_schema.py"


def with_estimate(estimate: Estimate) -> Audit:
    audit = sample()
    first = next(result for result in audit.results if isinstance(result, Measured))
    metric = replace(first.metrics[0], estimate=estimate)
    return replace(audit, results=(replace(first, metrics=(metric,)), *audit.results[1:]))


def test_numbers_of_numpy_are_numbers() -> None:
    plain = with_estimate(Estimate(value=0.1 + 0.2, low=0.1, high=0.5, level=0.95, n=7, method="m"))
    count: Any = np.int64(7)
    numpy = with_estimate(
        Estimate(
            value=np.float64(0.1) + 0.2, low=np.float64(0.1), high=np.float64(0.5), level=0.95, n=count, method="m"
        )
    )
    assert document.dump(document.to_json(numpy)) == document.dump(document.to_json(plain))


def test_a_text_is_a_mapping_of_languages_and_comes_back() -> None:
    audit = sample()
    measured = next(result for result in audit.results if isinstance(result, Measured))
    claim = Translated("a gap", {"zh": "存在差距"})
    metrics = (replace(measured.metrics[0], claim=claim), *measured.metrics[1:])
    changed = replace(audit, results=(replace(measured, metrics=metrics, notes=("plain",)),))
    written = document.to_json(changed)
    assert written["results"][0]["metrics"][0]["claim"] == {"en": "a gap", "zh": "存在差距"}
    assert written["results"][0]["notes"] == [{"en": "plain"}]
    [back] = serialization.from_dict(written).results
    assert isinstance(back, Measured)
    assert languages(back.metrics[0].claim) == languages(claim)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_wherever_it_stands(number: float) -> None:
    audit = sample()
    manifest = replace(audit.manifest, config={"a": [{"b": number}]})
    with pytest.raises(ValueError, match=f"{number} cannot stand in a document"):
        document.to_json(replace(audit, manifest=manifest))


def test_settings_that_json_does_not_know_are_texts() -> None:
    audit = sample()
    config = {"path": Path("a/b"), "pair": (1, 2), "none": None}
    data = document.to_json(replace(audit, manifest=replace(audit.manifest, config=config)))
    assert data["manifest"]["config"] == {"path": "a/b", "pair": [1, 2], "none": None}


def test_what_the_records_refuse_is_told_in_one_line_with_its_place() -> None:
    data = json.loads(document.dump(document.to_json(sample())))
    place = next(at for at, result in enumerate(data["results"]) if result["status"] == "measured")
    data["results"][place]["metrics"][0]["estimate"]["low"] = 1e9
    with pytest.raises(BadRun) as told:
        document.from_json(data)
    assert "\n" not in str(told.value)
    assert f"results.{place}" in str(told.value)
    assert "is no interval" in str(told.value)


def test_a_result_comes_back_as_what_it_was() -> None:
    audit = sample()
    back = serialization.from_dict(serialization.to_dict(audit))
    assert [type(result) for result in back.results] == [type(result) for result in audit.results]
    assert back == audit
