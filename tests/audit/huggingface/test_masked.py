"""Masked models: blanks and pseudo-log-likelihoods equal the model's own full logits, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM

import tiny_models
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.requests import (
    Attend,
    Attention,
    BetweenFillers,
    Filled,
    FillMask,
    FloatArray,
    PseudoLogLikelihood,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import FillsMasks, PathGradients, ScoresMaskedText, Size

pytestmark = pytest.mark.arithmetic

REAL = Path(__file__).parents[3] / "../shared/models/masked-lm"
NURSE = "The nurse said that [MASK] was tired."


@pytest.fixture(scope="module", params=["masked:bert", "masked:roberta"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build(request.param, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def subject(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> MaskedSubject:
    loaded = load(Loading(str(folder), cache_dir=tmp_path_factory.mktemp("cache")))
    assert isinstance(loaded, MaskedSubject)
    return loaded


def full_logits(folder: Path, ids: list[int]) -> FloatArray:
    """Log-softmax of the model's own full logits, by the library alone: [token, vocabulary]."""
    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        found: FloatArray = torch.log_softmax(model(torch.tensor([ids])).logits[0], dim=-1).numpy()
    return found


def broken_word(subject: MaskedSubject) -> str:
    """A word that this tokenizer knows only in pieces."""
    return "firefighter" if "##er" in subject._encoder.tokenizer.get_vocab() else "zebra"


def fill(subject: MaskedSubject, *requests: FillMask) -> list[Filled]:
    answers = subject.fill_masks(requests)
    assert all(isinstance(answer, Filled) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Filled)]


def test_verbs_are_those_of_a_masked_model(subject: MaskedSubject) -> None:
    assert isinstance(subject, FillsMasks)
    assert isinstance(subject, ScoresMaskedText)
    assert subject.info.kind == "masked_lm"
    assert set(subject.info.capabilities) == {
        "FillMask",
        "PseudoLogLikelihood",
        "UnmaskedLikelihood",
        "Attend",
        "Embed",
        "Attribute",
        "ReadLayers",
        "DescribeWeights",
        "Patch",
    }


def test_single_tokens_at_a_blank(folder: Path, subject: MaskedSubject) -> None:
    tokenizer = subject._encoder.tokenizer
    [found] = fill(subject, FillMask(NURSE, ("she", "was"), top=3))
    text = NURSE.replace("[MASK]", tokenizer.mask_token)
    ids = tokenizer(text).input_ids
    at = ids.index(tokenizer.mask_token_id)
    expected = full_logits(folder, ids)[at]
    words = [tokenizer("that " + word, add_special_tokens=False).input_ids[-1] for word in ("she", "was")]
    assert found.log_probs == pytest.approx(expected[words].tolist(), abs=tiny_models.NEAR)
    assert found.tokens == (1, 1)
    best = np.argsort(-expected, kind="stable")[:3]
    assert [value for _, value in found.top] == pytest.approx(expected[best].tolist(), abs=tiny_models.NEAR)
    assert [word for word, _ in found.top] == [tokenizer.decode([int(token)]).strip() for token in best]


def test_a_word_of_several_tokens_gets_as_many_masks(folder: Path, subject: MaskedSubject) -> None:
    text = "A [MASK] and a teacher walked home together."
    tokenizer = subject._encoder.tokenizer
    word = broken_word(subject)
    [found] = fill(subject, FillMask(text, (word,)))
    whole = tokenizer(text.replace("[MASK]", word)).input_ids
    open_blank = tokenizer(text.replace("[MASK]", tokenizer.mask_token)).input_ids
    count = len(whole) - len(open_blank) + 1
    first = open_blank.index(tokenizer.mask_token_id)
    pieces = whole[first : first + count]
    masked = [*whole[:first], *[tokenizer.mask_token_id] * count, *whole[first + count :]]
    expected = full_logits(folder, masked)
    assert count > 1
    assert found.tokens == (count,)
    joint = sum(float(expected[first + place, token]) for place, token in enumerate(pieces))
    assert found.log_probs[0] == pytest.approx(joint, abs=tiny_models.NEAR)


def test_other_blanks_stay_masked(folder: Path, subject: MaskedSubject) -> None:
    text = "The [MASK] said that [MASK] was tired."
    tokenizer = subject._encoder.tokenizer
    first, second = fill(subject, FillMask(text, ("nurse",), at=0, top=1), FillMask(text, ("she",), at=1, top=2))
    [ids] = [tokenizer(text.replace("[MASK]", tokenizer.mask_token)).input_ids]
    places = [place for place, token in enumerate(ids) if token == tokenizer.mask_token_id]
    expected = full_logits(folder, ids)
    assert first.top[0][1] == pytest.approx(expected[places[0]].max(), abs=tiny_models.NEAR)
    assert second.top[0][1] == pytest.approx(expected[places[1]].max(), abs=tiny_models.NEAR)
    assert (len(first.top), len(second.top)) == (1, 2)


@pytest.mark.parametrize("variant", ["original", "word_l2r"])
def test_pseudo_log_likelihood_masks_one_token_or_the_rest_of_its_word(
    folder: Path, subject: MaskedSubject, variant: str
) -> None:
    text = f"A {broken_word(subject)} walked home."
    tokenizer = subject._encoder.tokenizer
    encoding = tokenizer(text).encodings[0]
    [found] = subject.pseudo_log_likelihoods([PseudoLogLikelihood(text, variant)])  # type: ignore[arg-type]
    assert isinstance(found, TokenScores)
    scored = [place for place, added in enumerate(encoding.special_tokens_mask) if not added]
    expected = []
    for place in scored:
        ids = list(encoding.ids)
        for later in range(place, len(ids)):
            same = encoding.word_ids[later] == encoding.word_ids[place]
            if later == place or (variant == "word_l2r" and same):
                ids[later] = tokenizer.mask_token_id
        expected.append(float(full_logits(folder, ids)[place, encoding.ids[place]]))
    assert found.log_probs == pytest.approx(expected, abs=tiny_models.NEAR)
    assert found.starts == tuple(encoding.offsets[place][0] for place in scored)
    assert subject.sizes([PseudoLogLikelihood(text)]) == [Size(len(scored), len(encoding.ids))]


def test_the_variants_differ_where_a_word_has_pieces_and_nowhere_else(subject: MaskedSubject) -> None:
    text = f"The {broken_word(subject)}"
    one, other = subject.pseudo_log_likelihoods([PseudoLogLikelihood(text, "original"), PseudoLogLikelihood(text)])
    assert isinstance(one, TokenScores)
    assert isinstance(other, TokenScores)
    assert one.log_probs[0] == pytest.approx(other.log_probs[0], abs=tiny_models.NEAR)
    assert one.log_probs[-1] == pytest.approx(other.log_probs[-1], abs=tiny_models.NEAR)
    assert abs(one.log_probs[1] - other.log_probs[1]) > 1e-4


def test_a_batch_equals_its_members(subject: MaskedSubject) -> None:
    fills = [FillMask(NURSE, ("she",)), FillMask("[MASK] was late.", ("nobody",)), FillMask(NURSE, ("was",), top=2)]
    texts = [PseudoLogLikelihood(text) for text in tiny_models.SENTENCES]
    subject.batch_tokens, before = 64, subject.batch_tokens
    for asked, found in zip(fills, fill(subject, *fills), strict=True):
        assert found.log_probs == pytest.approx(fill(subject, asked)[0].log_probs, abs=tiny_models.NEAR)
    batch = subject.pseudo_log_likelihoods(texts)
    subject.batch_tokens = 1
    for request, row in zip(texts, batch, strict=True):
        [alone] = subject.pseudo_log_likelihoods([request])
        assert isinstance(row, TokenScores)
        assert isinstance(alone, TokenScores)
        assert row.greedy == alone.greedy
        assert np.abs(np.subtract(row.log_probs, alone.log_probs)).max() <= 1e-4
        assert row.total == pytest.approx(alone.total, abs=1e-5 * len(alone.log_probs))
    subject.batch_tokens = before


def test_what_cannot_be_filled_says_why(subject: MaskedSubject) -> None:
    asked = [
        FillMask("no blank", ("she",)),
        FillMask(NURSE, ("she",), at=1),
        FillMask(NURSE, ("",)),
        FillMask(NURSE, ()),
        FillMask("[MASK] " * 70, ("she",)),
        FillMask(NURSE, ("half \ud800",)),
    ]
    answers = subject.fill_masks(asked)
    assert all(isinstance(answer, Unanswered) for answer in answers)
    assert "at most 64" in str(answers[4])
    assert subject.sizes(asked) == [Size(0, 0)] * len(asked)
    assert isinstance(subject.pseudo_log_likelihoods([PseudoLogLikelihood("")])[0], Unanswered)
    assert isinstance(subject.pseudo_log_likelihoods([PseudoLogLikelihood("nurse " * 70)])[0], Unanswered)


def test_a_word_unknown_to_the_tokenizer_is_not_scored(tmp_path: Path) -> None:
    subject = load(Loading(str(tiny_models.build("masked:bert", tmp_path / "model")), cache_dir=tmp_path))
    assert isinstance(subject, MaskedSubject)
    [unknown, merged] = subject.fill_masks([FillMask(NURSE, ("zebra",)), FillMask("the neigh[MASK]", ("bour",))])
    assert unknown == Unanswered("the tokenizer does not know the target 'zebra'")
    assert isinstance(merged, Filled)


def test_attention_maps_sum_to_one(subject: MaskedSubject) -> None:
    [found] = subject.attend([Attend("The nurse said")])
    assert isinstance(found, Attention)
    assert found.weights.dtype == np.float32
    assert found.weights.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    assert found.special[0]
    assert found.special[-1]
    assert found.starts[0] == found.starts[-1] == -1
    assert len(found.tokens) == found.weights.shape[-1]


def test_gradients_add_up_to_the_log_odds_of_the_fillers(subject: MaskedSubject) -> None:
    path = subject.path_gradients(NURSE, BetweenFillers("she", "he"), ((np.arange(800) + 0.5) / 800).tolist())
    assert isinstance(path, PathGradients)
    [found] = fill(subject, FillMask(NURSE, ("she", "he")))
    assert path.full == pytest.approx(found.log_probs[0] - found.log_probs[1], abs=1e-4)
    assert path.products.sum(axis=1).mean() == pytest.approx(path.full - path.base, abs=1e-2)
    assert path.products[:, 0].tolist() == pytest.approx([0] * 800)  # the added first token is never hidden
    assert NURSE[path.starts[-2] :].startswith(".")


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared masked model is absent")
def test_a_real_model_gives_its_published_numbers(tmp_path: Path) -> None:
    subject = load(Loading(str(REAL), cache_dir=tmp_path))
    assert isinstance(subject, MaskedSubject)
    nurse, doctor = fill(
        subject, FillMask(NURSE, ("she", "he")), FillMask(NURSE.replace("nurse", "doctor"), ("she", "he"), top=1)
    )
    assert np.exp(nurse.log_probs) == pytest.approx([0.715, 0.279], abs=6e-4)
    assert np.exp(doctor.log_probs) == pytest.approx([0.276, 0.716], abs=6e-4)
    assert doctor.top[0][0] == "he"
    assert subject.info.parameters == 22_744_506
