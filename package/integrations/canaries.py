"""Plants canaries where a model is trained: in a data set, or in a `Trainer` of transformers or TRL by a callback.

>>> from fairwitness.integrations.canaries import make, planted
>>> key = make(seed=1)
>>> len(planted([{"text": "a text of mine"}], key)) > 1
True
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from fairwitness.audit.canaries import Key, Plan, load, make, write
from fairwitness.audit.canaries.make import rows
from fairwitness.audit.errors import CannotWrite, MissingOption, UnfitObject

__all__ = ["CanaryCallback", "Key", "Plan", "load", "make", "planted", "write"]
RECEIPT = "canaries.json"
TEXT = "text"
FILLED: Mapping[str, int] = {"attention_mask": 1, "token_type_ids": 0, "completion_mask": 1}
"""Columns of tokens beside `input_ids` and `labels`, with the value that each token of a canary has."""
_LOG = logging.getLogger(__name__)


class CanaryCallback(TrainerCallback):  # type: ignore[misc] # types of transformers are not read
    """Plants canaries in the training data of a `Trainer` and writes a receipt of what the training saw.

    `CanaryCallback("secrets/canaries.key").attach(trainer)` before `trainer.train()` puts every planted canary into
    `trainer.train_dataset`, as often as its key says, and adds itself. The receipt, `canaries.json` in the output
    folder and in each checkpoint, names the set, how many rows there were and how many epochs; it holds no secret.

    Args:
        key: a `Key`, or the path of a key file.
        text: the column of texts, where the data set is not tokenized yet.

    Raises BadData for a key file that was changed.
    """

    def __init__(self, key: Key | str | PathLike[str], *, text: str = TEXT) -> None:
        self.key = key if isinstance(key, Key) else load(Path(key))
        self.text = text
        self.rows = 0

    def attach(self, trainer: Any) -> CanaryCallback:
        """Plants the canaries and adds itself. Raises UnfitObject where the data set takes none."""
        if trainer.train_dataset is None:
            raise UnfitObject("CanaryCallback: this trainer has no train_dataset to plant canaries in")
        if getattr(trainer.args, "packing", False):
            raise UnfitObject(
                "CanaryCallback: this trainer packs texts into blocks when it is made: plant the canaries before, "
                "train_dataset=planted(texts, key)"
            )
        trainer.train_dataset = planted(
            trainer.train_dataset, self.key, tokenizer=trainer.processing_class, text=self.text
        )
        self.rows = len(rows(self.key))
        trainer.add_callback(self)
        return self

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        """Raises MissingOption where the canaries were never planted: a receipt of nothing would be worse than none."""
        if not self.rows:
            raise MissingOption("CanaryCallback: call attach(trainer) before train(), which plants the canaries")

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Writes the receipt beside the checkpoint, which saw the data so far."""
        folder = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():
            self._write(folder, state)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Writes the receipt of the whole training."""
        if state.is_world_process_zero:
            self._write(Path(str(args.output_dir)), state)

    def _write(self, folder: Path, state: TrainerState) -> None:
        epochs = float(state.epoch or 0.0)
        told_of = {"set": self.key.name, "rows": self.rows, "epochs": epochs, "steps": int(state.global_step)}
        path = folder / RECEIPT
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"canaries": told_of}, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise CannotWrite(f"cannot write {path}: {error.strerror or error}") from error
        if epochs < 1:
            _LOG.warning("training ended after %.2f of an epoch: not every canary was seen", epochs)


def planted(data: Any, key: Key, *, tokenizer: Any = None, text: str = TEXT, length: int | None = None) -> Any:
    """The data set with every planted canary in it, behind its own rows: shuffle it, as a `Trainer` does.

    `data` is a `datasets.Dataset`, a list of rows, or another data set of torch with an item for each row; its rows
    have a column of texts, or `input_ids` (then the `tokenizer` of the model is needed). Raises UnfitObject for rows
    that are neither, and for columns of tokens that nobody can fill in, MissingOption without a tokenizer. Of a stream
    (`IterableDataset`) nobody knows what of it is seen: plant the canaries in what it reads.
    """
    try:
        count = len(data)
        first = data[0] if count else {TEXT: ""}
    except (TypeError, KeyError, IndexError):
        raise UnfitObject(
            f"canaries cannot be planted in {type(data).__name__}, which has no rows by number: plant them in the "
            "texts that it reads (canaries.jsonl)"
        ) from None
    if not isinstance(first, Mapping):
        raise UnfitObject(f"canaries cannot be planted in rows of type {type(first).__name__}: rows have named columns")
    texts = [canary.text for canary in rows(key)]
    if "input_ids" in first:
        made = _tokenized(texts, first, tokenizer, text)
    elif text in first:
        made = [_of_text(line, first, text) for line in texts]
    else:
        raise UnfitObject(f"canaries cannot be planted in rows with the columns {', '.join(map(str, first))}: none is "
                          f"{text!r}, and none input_ids; name the column of texts, text=...")  # fmt: skip
    return _joined(data, made)


def _of_text(line: str, first: Mapping[str, Any], text: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(first)
    row[text] = line
    return row


def _tokenized(texts: Iterable[str], first: Mapping[str, Any], tokenizer: Any, text: str) -> list[dict[str, Any]]:
    """Rows of tokens with the columns that the data set has; the end of a text is marked where its own rows mark it.

    A column that is no list is not trained on: it holds the text, or nothing.
    """
    if tokenizer is None:
        raise MissingOption(
            "planted: the rows hold tokens, so give the tokenizer of the model: planted(..., tokenizer=)"
        )
    known = ("input_ids", "labels", "special_tokens_mask", *FILLED)
    plain = [name for name in first if name not in known and isinstance(first[name], str | int | float | None)]
    unknown = [name for name in first if name not in (*known, *plain)]
    if unknown:
        raise UnfitObject(f"canaries cannot be planted in rows with the column {unknown[0]!r}: plant them before the "
                          "texts are tokenized, planted(texts, key)")  # fmt: skip
    end = tokenizer.eos_token_id
    ended = end is not None and len(first["input_ids"]) > 0 and int(first["input_ids"][-1]) == end
    made = []
    for line in texts:
        encoded = tokenizer(line, return_special_tokens_mask=True)
        ids, special = list(encoded["input_ids"]), list(encoded["special_tokens_mask"])
        if ended and ids[-1] != end:
            ids, special = [*ids, end], [*special, 1]
        row: dict[str, Any] = {"input_ids": ids, **{name: line if name == text else None for name in plain}}
        for name in first:
            if name == "labels":
                row[name] = list(ids)
            elif name == "special_tokens_mask":
                row[name] = special
            elif name in FILLED:
                row[name] = [FILLED[name]] * len(ids)
        made.append(row)
    return made


def _joined(data: Any, made: Sequence[Mapping[str, Any]]) -> Any:
    if isinstance(data, list):
        return [*data, *made]
    if type(data).__module__.split(".")[0] == "datasets":
        from datasets import Dataset, concatenate_datasets

        columns = {name: [row.get(name) for row in made] for name in data.column_names}
        return concatenate_datasets([data, Dataset.from_dict(columns, features=data.features)])
    from torch.utils.data import ConcatDataset
    from torch.utils.data import Dataset as Rows

    class Made(Rows):  # type: ignore[type-arg]
        """The rows of the canaries."""

        def __len__(self) -> int:
            return len(made)

        def __getitem__(self, place: int) -> Mapping[str, Any]:
            return made[place]

    return ConcatDataset([data, Made()])
