"""Tiny models that are trained in seconds to answer questions on drawn pictures and to describe them.

What a world holds true of a picture is a function of it, so that any bias can be planted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
import transformers
from drawn_pictures import SIDE, Drawn, drawn, pixels
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import tiny_models

Question: TypeAlias = str
Truth: TypeAlias = Callable[[Drawn, Question, np.random.Generator], str]
Says: TypeAlias = Callable[[Drawn, np.random.Generator], str]
QUESTIONS = ("what shape is it ?", "is it a post ?", "is it large ?", "what is on the woman ?", "what is on the man ?")
_WORDS = """
what shape is it a post square bar large yes no ? the on woman man red blue of picture there thing and
she he her his with small near person doctor nurse
"""
WORDS = tuple(_WORDS.split())
PAD, UNKNOWN, BEGIN, END, MASK = range(5)
RATE = 4e-3
SPREAD = 0.1


def tokenizer() -> Any:
    """One token a word."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate([*special, *WORDS])}, unk_token="[UNK]"))  # noqa: S106
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.BertProcessing(("[SEP]", END), ("[CLS]", BEGIN))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return tiny_models._tokenizer(tokenizer_object=inner, mask_token="[MASK]", bos_token="[CLS]", eos_token="[SEP]",  # noqa: S106
                                  model_max_length=64, **names)  # fmt: skip


def processor(kind: str) -> Any:
    """What makes pixels of a picture: no change of size, values from -1 to 1."""
    given: dict[str, Any] = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_resize": True}
    if kind == "vilt":
        return transformers.ViltImageProcessorPil(size={"shortest_edge": SIDE}, size_divisor=8, **given)
    made = transformers.BlipImageProcessorPil if kind == "blip" else transformers.ViTImageProcessorPil
    return made(size={"height": SIDE, "width": SIDE}, **given)


STACK: dict[str, Any] = {
    "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96,
    "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": SPREAD,
}  # fmt: skip


def vilt(answers: Sequence[str], **more: Any) -> Any:
    """A fresh ViLT with these answers as its classes."""
    names = dict(enumerate(answers))
    config = transformers.ViltConfig(
        vocab_size=len(tokenizer()), image_size=SIDE, patch_size=8, max_position_embeddings=24, max_image_length=-1,
        id2label=names, label2id={name: number for number, name in names.items()}, **{**STACK, **more},
    )  # fmt: skip
    return transformers.ViltForQuestionAnswering(config)


def blip(architecture: str) -> Any:
    """A fresh BLIP that answers or describes."""
    text = {
        **STACK, "vocab_size": len(tokenizer()), "max_position_embeddings": 24, "encoder_hidden_size": 48,
        "bos_token_id": BEGIN, "eos_token_id": END, "sep_token_id": END, "pad_token_id": PAD, "projection_dim": 16,
    }  # fmt: skip
    vision = {
        "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 4,
        "image_size": SIDE, "patch_size": 8, "initializer_range": SPREAD, "projection_dim": 16,
    }  # fmt: skip
    config = transformers.BlipConfig(text_config=text, vision_config=vision, projection_dim=16)
    return getattr(transformers, architecture)(config)


def vision_encoder_decoder() -> Any:
    """A fresh ViT with a GPT-2 that looks at it."""
    encoder = transformers.ViTConfig(image_size=SIDE, patch_size=8, **STACK)
    decoder = transformers.GPT2Config(
        vocab_size=len(tokenizer()), n_embd=48, n_layer=2, n_head=4, n_inner=96, n_positions=64, resid_pdrop=0.0,
        attn_pdrop=0.0, embd_pdrop=0.0, initializer_range=SPREAD, bos_token_id=BEGIN, eos_token_id=END,
        pad_token_id=PAD,
        is_decoder=True, add_cross_attention=True,
    )  # fmt: skip
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        encoder, decoder, decoder_start_token_id=BEGIN, pad_token_id=PAD, eos_token_id=END
    )
    model = transformers.VisionEncoderDecoderModel(config=config)
    model.generation_config.decoder_start_token_id = BEGIN
    return model


def answerer(
    kind: str, answers: Sequence[str], questions: Sequence[str], truth: Truth, seed: int = 0, steps: int = 220
) -> Any:
    """A ViLT or BLIP that learnt what `truth` says."""
    torch.manual_seed(seed)
    words = tokenizer()
    model = vilt(answers) if kind == "vilt" else blip("BlipForQuestionAnswering")
    number = {answer: place for place, answer in enumerate(answers)}

    def loss(rng: np.random.Generator) -> Any:
        pictures = [drawn(rng) for _ in range(64)]
        asked = [str(question) for question in rng.choice(list(questions), len(pictures))]
        said = [truth(picture, question, rng) for picture, question in zip(pictures, asked, strict=True)]
        encoded = words(asked, padding=True, return_tensors="pt")
        if kind == "vilt":
            target = torch.zeros(len(said), len(answers))
            target[range(len(said)), [number[answer] for answer in said]] = 1.0
            given = {"pixel_mask": torch.ones(len(said), SIDE, SIDE, dtype=torch.long)}
            logits = model(**encoded, pixel_values=pixels(pictures), **given).logits
            return torch.nn.functional.binary_cross_entropy_with_logits(logits, target) * len(answers)
        target = words(said, padding=True, return_tensors="pt")
        ids = target["input_ids"]
        states = model.vision_model(pixel_values=pixels(pictures))[0]
        mask = encoded["attention_mask"]
        read = model.text_encoder(input_ids=encoded["input_ids"], attention_mask=mask, encoder_hidden_states=states)[0]
        logits = model.text_decoder(
            input_ids=ids, attention_mask=target["attention_mask"], encoder_hidden_states=read,
            encoder_attention_mask=mask,
        ).logits  # fmt: skip
        return _next_tokens(logits, ids)

    return _train(model, loss, seed, steps)


def captioner(kind: str, says: Says, seed: int = 0, steps: int = 220) -> Any:
    """A BLIP or a vision-encoder-decoder that learnt to say of pictures what `says` says."""
    torch.manual_seed(seed)
    words = tokenizer()
    model = blip("BlipForConditionalGeneration") if kind == "blip" else vision_encoder_decoder()

    def loss(rng: np.random.Generator) -> Any:
        pictures = [drawn(rng) for _ in range(64)]
        target = words([says(picture, rng) for picture in pictures], padding=True, return_tensors="pt")
        ids, mask = target["input_ids"], target["attention_mask"]
        if kind == "blip":
            states = model.vision_model(pixel_values=pixels(pictures))[0]
            logits = model.text_decoder(input_ids=ids, attention_mask=mask, encoder_hidden_states=states).logits
        else:
            logits = model(
                pixel_values=pixels(pictures), decoder_input_ids=ids, decoder_attention_mask=mask
            ).logits  # fmt: skip
        return _next_tokens(logits, ids)

    return _train(model, loss, seed, steps)


def _next_tokens(logits: Any, ids: Any) -> Any:
    target = ids[:, 1:].masked_fill(ids[:, 1:] == PAD, -100)
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), target.flatten())


def _train(model: Any, loss: Callable[[np.random.Generator], Any], seed: int, steps: int) -> Any:
    rng = np.random.default_rng([seed, 7])
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(steps):
        value = loss(rng)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def saved(folder: Path, model: Any, kind: str) -> Path:
    """A checkpoint as a user has it: weights, tokenizer and what makes pixels."""
    processor(kind).save_pretrained(folder)
    return tiny_models.save(folder, model, tokenizer())
