"""Published figures of judges are read from a user's table and as PyRIT and garak publish theirs."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from fairwitness.audit.datasets.sets import READERS
from fairwitness.audit.datasets.sets.judge_metrics import NAMES
from fairwitness.audit.errors import BadData

read = READERS["judge_metrics"]


def line(model: str, version: str, **metrics: object) -> str:
    target = {"children": {"prompt_target": {"model_name": model}}}
    figures = {"num_responses": 105, "dataset_name": "a.csv", "dataset_version": version, **metrics}
    return json.dumps({"class_name": "Scorer", **target, "metrics": figures})


def rows(path: Path) -> list[tuple[object, ...]]:
    columns = read(path)
    return list(zip(*(columns[name] for name in NAMES), strict=True))


def test_of_a_judge_the_newest_labelled_answers_count_and_graded_scores_do_not(tmp_path: Path) -> None:
    (tmp_path / "refusal").mkdir()
    (tmp_path / "refusal" / "refusal_metrics.jsonl").write_text(
        "\n".join(
            [
                line("big", "1.2", accuracy=0.9, recall=0.8, precision=1.0),
                line("big", "1.10", accuracy=0.7, recall=0.6, precision=0.5),
                line("big", "1.9", accuracy=0.5, recall=0.5, precision=0.5),
                line("small", "1.2", mean_absolute_error=0.2),
            ]
        ),
        encoding="utf-8",
    )
    (tmp_path / "violence_metrics.jsonl").write_text(line("big", "1", accuracy=0.1), encoding="utf-8")
    assert rows(tmp_path) == [("refusal", "Scorer (big)", 105, 0.7, 0.6, None, 0.5, "PyRIT: a 1.10")]


def test_a_detector_of_what_is_no_refusal_is_read_the_other_way_round(tmp_path: Path) -> None:
    figures = {"accuracy": 0.65, "hit_sensitivity": 0.92, "hit_specificity": 0.39, "hit_precision": 0.6}
    results = {"mitigation.MitigationBypass": {"metrics": {**figures, "pass_precision": 0.83}}, "dan.DAN": {}}
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({"results": results}), encoding="utf-8")
    name, source = "mitigation.MitigationBypass", "garak: detectors_eval"
    assert rows(path) == [
        ("compliance", name, None, 0.65, 0.92, 0.39, 0.6, source),
        ("refusal", name, None, 0.65, 0.39, 0.92, 0.83, source),
    ]


def test_a_table_of_the_user_needs_the_kind_and_the_judge(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("kind,judge,accuracy\nrefusal,ours,0.75\n", encoding="utf-8")
    assert rows(path) == [("refusal", "ours", None, 0.75, None, None, None, None)]
    path.write_text("kind,jugde,accuracy\nrefusal,ours,0.75\n", encoding="utf-8")
    with pytest.raises(BadData, match="no column 'judge'; did you mean 'jugde'"):
        read(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{", "is no JSON"),
        ("a.json", "[]", "is no JSON object"),
        ("a.json", '{"results": []}', "no published figures"),
        ("refusal_metrics.jsonl", "{}\n[", "line 2 is no JSON"),
        ("other.jsonl", "{}", "no published figures"),
    ],
)
def test_what_is_none_is_an_error(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match=message):
        read(path)


@pytest.mark.skipif(find_spec("pyrit") is None, reason="pyrit is not installed")
def test_what_pyrit_publishes() -> None:
    columns = read(folder_of("pyrit") / "datasets/scorer_evals")
    assert set(columns["kind"]) == {"refusal", "compliance"}
    assert all(0.5 < share <= 1 for share in columns["accuracy"] if isinstance(share, float))
    assert any("gpt-4o" in str(judge) for judge in columns["judge"])


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@pytest.mark.skipif(find_spec("garak") is None, reason="garak is not installed")
def test_what_garak_publishes() -> None:
    path = folder_of("garak") / "data/detectors_eval/detector_metrics_summary.json"
    figures = {(row[0], row[1]): row[3:7] for row in rows(path)}
    assert figures["compliance", "mitigation.MitigationBypass"] == pytest.approx(
        (0.6534, 0.9213, 0.3854, 0.5999), abs=1e-4
    )
    assert figures["hate", "unsafe_content.ToxicCommentModel"] == (0.6875, 0.375, 1.0, 1.0)
