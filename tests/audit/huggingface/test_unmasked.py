"""Texts with nothing masked, and what the scores of one text share."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertForMaskedLM

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.requests import PseudoLogLikelihood, Request, TokenScores, Unanswered, UnmaskedLikelihood

pytestmark = pytest.mark.arithmetic

TEXTS = (*tiny_models.SENTENCES, "The nurse")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("masked:bert", tmp_path_factory.mktemp("model"))


@pytest.fixture
def subject(folder: Path, tmp_path: Path) -> MaskedSubject:
    loaded = load(Loading(str(folder), cache_dir=tmp_path))
    assert isinstance(loaded, MaskedSubject)
    return loaded


def test_every_token_is_scored_with_nothing_masked_and_weighed_by_the_attention_it_gets(
    folder: Path, subject: MaskedSubject
) -> None:
    model: Any = BertForMaskedLM.from_pretrained(folder, attn_implementation="eager")
    model.eval()
    answers = subject.unmasked_likelihoods([UnmaskedLikelihood(text) for text in TEXTS])
    for text, found in zip(TEXTS, answers, strict=True):
        assert isinstance(found, TokenScores)
        encoding = subject._encoder.tokenizer(text).encodings[0]
        ids = torch.tensor([encoding.ids])
        with torch.no_grad():
            output = model(ids, output_attentions=True)
        rows = output.logits[0].double().log_softmax(-1).gather(1, ids[0][:, None])[1:-1, 0]
        received = torch.cat(output.attentions).mean(dim=(0, 1, 2))[1:-1]
        assert found.log_probs == pytest.approx(rows.tolist(), abs=tiny_models.NEAR)
        assert found.weights == pytest.approx(received.tolist(), abs=1e-6)
        assert found.ids == tuple(encoding.ids[1:-1])
        assert found.starts == tuple(start for start, _ in encoding.offsets[1:-1])


def test_a_model_that_gives_no_attention_still_scores(subject: MaskedSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    [before] = subject.unmasked_likelihoods([UnmaskedLikelihood(TEXTS[0])])
    body = type(subject._loaded.model.base_model)
    forward = body.forward

    def blind(self: object, **inputs: object) -> object:
        return forward(self, **(inputs | {"output_attentions": False}))

    monkeypatch.setattr(body, "forward", blind)
    [found] = subject.unmasked_likelihoods([UnmaskedLikelihood(TEXTS[0])])
    assert isinstance(before, TokenScores)
    assert isinstance(found, TokenScores)
    assert found.weights == ()
    assert found.log_probs == pytest.approx(before.log_probs, abs=tiny_models.NEAR)


def test_what_cannot_be_read_says_why_and_leaves_the_others(subject: MaskedSubject) -> None:
    asked = [UnmaskedLikelihood(text) for text in ("", "nurse " * 90, TEXTS[0], "half \ud800")]
    empty, long, fine, broken = subject.unmasked_likelihoods(asked)
    assert isinstance(fine, TokenScores)
    for answer, words in ((empty, "no tokens"), (long, "at most"), (broken, "Unicode")):
        assert isinstance(answer, Unanswered)
        assert words in answer.reason
    assert subject.sizes(asked)[2].rows == 1


def test_the_variants_of_a_text_share_their_masked_rows(
    subject: MaskedSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    forward = subject._forward

    def counted(batch: object) -> None:
        rows.append(len(batch))  # type: ignore[arg-type]
        forward(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(subject, "_forward", counted)
    both: list[Request] = [PseudoLogLikelihood(text, variant) for variant in ("original", "word_l2r") for text in TEXTS]
    answers = Engine(subject, batch_tokens=64).answer(both)
    pieces = 0
    for text in TEXTS:
        words = subject._encoder.whole(text).words  # type: ignore[union-attr]
        pieces += sum(one == other >= 0 for one, other in itertools.pairwise(words))
    tokens = sum(len(answer.ids) for answer in answers[: len(TEXTS)] if isinstance(answer, TokenScores))
    assert sum(rows) == tokens + pieces  # of both variants only the pieces before the last of a word differ
    assert pieces > 0
