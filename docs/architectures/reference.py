"""What the answers must be: one text at a time through the plain model, without padding, trees or a cache."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from transformers import AutoTokenizer

Floats = npt.NDArray[np.float64]


class Reference:
    """The model of a folder by its own class, and the tokenizer beside it."""

    def __init__(self, architecture: str, folder: Path) -> None:
        kind = getattr(transformers, architecture)
        self._model = kind.from_pretrained(folder, dtype=torch.float32).eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._takes = inspect.signature(self._model.forward).parameters

    def masked(self, text: str) -> Floats:
        """Log-probability of each token that is not special, with it alone masked."""
        given, special = self._given(text)
        ids = given["input_ids"][0]
        values = []
        for at in range(len(ids)):
            if not special[at]:
                hidden = ids.clone()
                hidden[at] = self._tokenizer.mask_token_id
                output = self._call(**(given | {"input_ids": hidden[None]}))
                logits = getattr(output, "logits", None)
                logits = output.prediction_logits if logits is None else logits
                values.append(_log_prob(logits[0, at], ids[at]))
        return np.array(values)

    def unmasked(self, text: str) -> Floats:
        """Log-probability of each token that is not special, with nothing masked and no segments."""
        given, special = self._given(text)
        output = self._call(input_ids=given["input_ids"])
        logits = getattr(output, "logits", None)
        logits = (output.prediction_logits if logits is None else logits)[0]
        return np.array(
            [_log_prob(logits[at], token) for at, token in enumerate(given["input_ids"][0]) if not special[at]]
        )

    def causal(self, text: str) -> Floats:
        """Log-probability of each token from the tokens before it alone, which the model gets and nothing else."""
        ids = self.fed(text)
        values = []
        for at in range(1, len(ids)):
            logits = self._call(input_ids=torch.tensor([ids[:at]])).logits
            values.append(_log_prob(logits[0, -1], ids[at]))
        return np.array(values)

    def greedy(self, text: str, count: int) -> str:
        """The likeliest next tokens, each after a pass over all before it; what an end token would end is cut."""
        start, ids = [], self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if self._tokenizer("a")["input_ids"][0] == self._tokenizer.bos_token_id:
            start = [self._tokenizer.bos_token_id]
        ids = [*start, *ids]
        ends = self._model.generation_config.eos_token_id
        known = ends if isinstance(ends, list) else [ends, self._tokenizer.eos_token_id]
        before = len(ids)
        for _ in range(count):
            token = int(self._call(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
            if token in known:
                break
            ids.append(token)
        said, whole = (
            self._tokenizer.decode(part, skip_special_tokens=True, clean_up_tokenization_spaces=False)
            for part in (ids[:before], ids)
        )
        return str(whole[len(said) :])

    def target(self, source: str, target: str) -> Floats:
        """Log-probability of each of a target's own tokens, by labels that are shifted to the right."""
        shifted, labels, special = self._shifted(target)
        given, _ = self._given(source)
        logits = self._call(input_ids=given["input_ids"], decoder_input_ids=torch.tensor([shifted])).logits[0]
        return np.array([_log_prob(logits[at], token) for at, token in enumerate(labels) if not special[at]])

    def written(self, source: str, count: int) -> str:
        """The likeliest tokens of a target, each after a pass over all before it, up to one that ends it."""
        shifted, _, special = self._shifted("a")
        ids = shifted[: special.index(0) + 1]
        given, _ = self._given(source)
        before = len(ids)
        for _ in range(count):
            output = self._call(input_ids=given["input_ids"], decoder_input_ids=torch.tensor([ids]))
            token = int(output.logits[0, -1].argmax())
            if token == self._tokenizer.eos_token_id:
                break
            ids = [*ids, token]
        text = self._tokenizer.decode(ids[before:], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)

    def encoded(self, text: str) -> Floats:
        """Mean of the encoder's last hidden states over all tokens."""
        given, _ = self._given(text)
        with torch.inference_mode():
            states = self._model.get_encoder()(input_ids=given["input_ids"])[0][0]
        return np.asarray(states.mean(dim=0).numpy(), dtype=np.float64)

    def _shifted(self, target: str) -> tuple[list[int], list[int], list[int]]:
        """What the decoder reads, what it is to write in its place, and which of that is not the text's own.

        A language behind the text is the first that is read, as in mBART.
        """
        encoded = self._tokenizer(target, return_special_tokens_mask=True)
        labels, special = list(encoded["input_ids"]), list(encoded["special_tokens_mask"])
        start = self._model.generation_config.decoder_start_token_id
        return [start, *labels[:-1]], labels, special

    def fed(self, text: str) -> list[int]:
        """The text's tokens after a start token, where the tokenizer has one."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        known = (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id)
        start = next((token for token in known if token is not None), None)
        return ids if start is None else [start, *ids]

    def classes(self, *texts: str) -> Floats:
        """Logits of a text or a pair."""
        given, _ = self._given(*texts)
        return np.asarray(self._call(**given).logits[0].float().numpy(), dtype=np.float64)

    def tags(self, text: str) -> list[tuple[int, int, str, float]]:
        """Spans with the probability of their least sure word: a word of English has the label of its first token."""
        encoding = self._tokenizer(text).encodings[0]
        shares = self._call(**self._given(text)[0]).logits[0].double().softmax(dim=-1)
        spans: list[tuple[int, int, str, float]] = []
        before = "O"
        for word in re.finditer(r"[A-Za-z]+(?:'[A-Za-z]+)*|[^\sA-Za-z]", text):
            inside = set(range(*word.span()))
            first = next(at for at, offset in enumerate(encoding.offsets) if inside & set(range(*offset)))
            share, number = shares[first].max(dim=-1)
            label = self._model.config.id2label[int(number)]
            if label[:2] == "I-" and before[2:] == label[2:]:
                start, _, name, least = spans[-1]
                spans[-1] = (start, word.end(), name, min(least, float(share)))
            elif label != "O":
                spans.append((*word.span(), label[2:], float(share)))
            before = label
        return spans

    def states(self, text: str) -> Floats:
        """Mean of the last hidden states over all tokens."""
        given, _ = self._given(text)
        return np.asarray(self._call(**given)[0][0].mean(dim=0).numpy(), dtype=np.float64)

    def boundaries(self, texts: Sequence[str]) -> tuple[Floats, Floats, Any]:
        """Logits of where an answer starts and ends at every token, and the tokens' encoding."""
        encoded = self._tokenizer(*texts, return_tensors="pt")
        output = self._call(**{name: value for name, value in encoded.items() if name in self._takes})
        starts, ends = (part[0].double().numpy() for part in (output.start_logits, output.end_logits))
        return starts, ends, encoded.encodings[0]

    def _given(self, *texts: str) -> tuple[dict[str, Any], list[int]]:
        encoded = self._tokenizer(*texts, return_tensors="pt", return_special_tokens_mask=True)
        special = encoded.pop("special_tokens_mask")[0].tolist()
        return {name: value for name, value in encoded.items() if name in self._takes}, special

    def _call(self, **given: Any) -> Any:
        with torch.inference_mode():
            return self._model(**given)


def _log_prob(logits: torch.Tensor, token: Any) -> float:
    return float(torch.log_softmax(logits.double(), dim=-1)[int(token)])
