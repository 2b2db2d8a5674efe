"""What the outputs of a classifier are: never one class that could decide nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertForSequenceClassification

import tiny_models
from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Classify, ForClass
from fairwitness.audit.subject import PathGradients

pytestmark = pytest.mark.arithmetic

SIGMOID = "torch.nn.modules.activation.Sigmoid"


def built(tmp_path: Path, labels: int, **more: Any) -> Any:
    torch.manual_seed(7)
    model = BertForSequenceClassification(tiny_models.bert_config(num_labels=labels, **more))
    folder = tiny_models.save(tmp_path / "model", model, tiny_models.wordpiece())
    return load(Loading(str(folder), cache_dir=tmp_path))


@pytest.mark.parametrize(
    ("labels", "more", "multi_label", "regression"),
    [
        (1, {}, False, True),
        (1, {"problem_type": "regression"}, False, True),
        (3, {"problem_type": "regression"}, True, True),
        (1, {"problem_type": "multi_label_classification"}, True, False),
        (1, {"sentence_transformers": {"activation_fn": SIGMOID}}, True, False),
        (1, {"sbert_ce_default_activation_function": SIGMOID}, True, False),
        (3, {"problem_type": "multi_label_classification"}, True, False),
        (3, {}, False, False),
    ],
)
def test_what_outputs_are(
    labels: int, more: dict[str, Any], multi_label: bool, regression: bool, tmp_path: Path
) -> None:
    subject = built(tmp_path, labels, **more)
    [scores] = subject.classify([Classify("The nurse")])
    assert (len(scores.logits), scores.multi_label, scores.regression) == (labels, multi_label, regression)
    assert bool(subject.info.notes) == regression


def test_one_class_of_one_is_refused(tmp_path: Path) -> None:
    """By transformers where it looks at that, else here."""
    built(tmp_path, 1)
    file = tmp_path / "model" / "config.json"
    held = json.loads(file.read_text(encoding="utf-8")) | {"problem_type": "single_label_classification"}
    file.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(FairwitnessError, match=r"num_labels > 1|decides between classes and has one"):
        load(Loading(str(file.parent), cache_dir=tmp_path))


def test_a_number_is_explained_as_it_is(tmp_path: Path) -> None:
    subject = built(tmp_path, 3, problem_type="regression")
    assert "its outputs are numbers and no classes (regression)" in [note.text for note in subject.info.notes]
    path = subject.path_gradients("The nurse", ForClass("LABEL_1"), [0.5])
    [scores] = subject.classify([Classify("The nurse")])
    assert isinstance(path, PathGradients)
    assert path.full == pytest.approx(scores.logits[1], abs=tiny_models.NEAR)
