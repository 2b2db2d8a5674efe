"""Makes reference variants of a model: quantised as gguf or torchao hold it, or pruned by magnitude."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import importlib
import importlib.util
import io
import shutil
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import Linear
from torch.nn.utils import prune
from transformers.pytorch_utils import Conv1D

from fairwitness.audit import private
from fairwitness.audit.compression import Made, Recipe, Unchanged
from fairwitness.audit.errors import MissingExtra, UnfitModel, WrongTask
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.huggingface.source import Loading, find_source
from fairwitness.audit.huggingface.spread import places
from fairwitness.audit.subject import Subject

WEIGHTS = "model.safetensors"
EXTRAS = {"int8": ("torchao",), "q8_0": ("gguf",), "q4_0": ("gguf",), "prune": ()}
"""Libraries that a form needs besides torch and transformers."""
WHY_NOT = {
    "int8": "is a torch.nn.Linear, which torchao quantises",
    "q8_0": "has rows of a multiple of 32 numbers",
    "q4_0": "has rows of a multiple of 32 numbers",
    "prune": "belongs to a linear layer below the head",
}
"""What a message says of matrices that all stay."""
NAMED = 4
"""Matrices that a message names at most."""


@dataclass(slots=True)
class _Changes:
    """What became of the weights of a copy."""

    changed: list[str] = field(default_factory=list)
    unchanged: dict[str, Unchanged] = field(default_factory=dict)
    changed_numbers: int = 0
    zeros: int = 0
    bytes: int = 0
    """Of the changed weights, as the form holds them."""


def check_recipe(recipe: Recipe) -> None:
    """Raises MissingExtra where the library that makes such a variant is absent."""
    missing = [name for name in EXTRAS[recipe.form] if importlib.util.find_spec(name) is None]
    if missing:
        extra = "int8" if recipe.form == "int8" else "gguf"
        raise MissingExtra(
            f"the variant {recipe.spelled} needs {', '.join(missing)}, which is not installed: "
            f'pip install "fairwitness[{extra}]"'
        )


def check_compressible(subject: Subject) -> None:
    """Raises WrongTask or UnfitModel for a subject of whose weights no variant can be made here."""
    loaded = getattr(subject, "_loaded", None)
    spec = subject.info.spec
    if not isinstance(loaded, Loaded) or loaded.exported:
        raise WrongTask(
            f"{spec} is no model whose weights transformers holds, so no variant can be made of it here: name finished "
            "ones with --variant NAME=MODEL"
        )
    if places(loaded.model):
        raise UnfitModel(
            f"{spec} is spread over devices: variants are made of a model in one place; leave out --device"
        )
    if getattr(loaded.model, "hf_quantizer", None) is not None:
        raise UnfitModel(
            f"{spec} is stored quantised itself: name the model that it was made from, and this one with --variant "
            "NAME=MODEL"
        )


def hash_of(path: Path) -> str:
    """The sha256 of a file, read anew."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def plain_bytes(subject: Subject) -> int | None:
    """Size of the model's weights as the plain numbers that it computes with, each once; None for other subjects."""
    loaded = getattr(subject, "_loaded", None)
    if not isinstance(loaded, Loaded) or loaded.exported:
        return None
    return int(sum(weight.numel() * weight.element_size() for weight in loaded.model.parameters()))


def weight_bytes(loading: Loading) -> int | None:
    """Size of the files of weights of a model on disk; None where it has none of its own (a hub's, an adapter's)."""
    source = find_source(loading)
    originals = tuple(path for path in source.originals if path.suffix == ".gguf")
    files = originals or source.weights
    return sum(path.stat().st_size for path in files) or None


def same_tokenizer(first: Subject, second: Subject) -> bool:
    """Whether two models cut texts into the same tokens, by their vocabularies; True where one has none to look at."""
    tokenizers = [getattr(getattr(subject, "_loaded", None), "encoder", None) for subject in (first, second)]
    if None in tokenizers:
        return True
    vocabularies = [encoder.tokenizer.get_vocab() for encoder in tokenizers]  # type: ignore[union-attr]
    return bool(vocabularies[0] == vocabularies[1])


def count_tokens(subject: Subject, texts: tuple[str, ...]) -> int | None:
    """Tokens of texts as the model counts them; None for one without a tokenizer of transformers."""
    loaded = getattr(subject, "_loaded", None)
    if not isinstance(loaded, Loaded):
        return None
    return sum(len(loaded.encoder.tokenizer(text)["input_ids"]) for text in texts)


def compress(subject: Subject, recipe: Recipe, folder: Path) -> Made:
    """Writes a variant with its tokenizer into a folder that is empty or new; the model itself stays as it is.

    The matrices of `q8_0` and `q4_0` are cut into blocks of 32 along the inputs of a layer, quantised by the library
    gguf and read back: the file holds these values as plain numbers, since transformers computes with them. `int8` is
    the checkpoint of torchao, one scale for each output of a linear layer. `prune:SHARE` sets that share of each linear
    layer's weights to 0, those nearest to 0 (`torch.nn.utils.prune.l1_unstructured`); the head of a language model
    stays. Raises WrongTask, UnfitModel, MissingExtra, and UnfitModel where no weight can be changed.
    """
    check_recipe(recipe)
    check_compressible(subject)
    loaded: Loaded = subject._loaded  # type: ignore[attr-defined]
    private.make_folder(folder)
    with quiet(), torch.no_grad(), contextlib.redirect_stderr(io.StringIO()):  # bars that no setting turns off
        if recipe.form == "int8":
            model, changes = _int8(loaded)
        else:
            model = copy.deepcopy(loaded.model)
            changes = _pruned(model, recipe.share or 0.0) if recipe.form == "prune" else _blocks(model, recipe.form)
        _refuse_unchanged(subject.info.spec, recipe, changes)
        model.save_pretrained(folder, max_shard_size="1TB")
        loaded.encoder.tokenizer.save_pretrained(folder)
    for path in folder.rglob("*"):
        path.chmod(private.FOLDER_MODE if path.is_dir() else private.FILE_MODE)
    return _made(loaded.model, recipe, changes, folder / WEIGHTS)


def _made(model: Any, recipe: Recipe, changes: _Changes, stored: Path) -> Made:
    weights = dict(model.named_parameters())
    rest = sum(
        weight.numel() * weight.element_size() for name, weight in weights.items() if name not in set(changes.changed)
    )
    return Made(
        recipe=recipe.spelled,
        libraries={name: version(name) for name in ("torch", "transformers", *EXTRAS[recipe.form])},
        changed=tuple(changes.changed),
        unchanged=changes.unchanged,
        vectors=sum(weight.ndim != 2 for weight in weights.values()),
        numbers=sum(weight.numel() for weight in weights.values()),
        changed_numbers=changes.changed_numbers,
        zeros=changes.zeros,
        sha256=hash_of(stored),
        stored_bytes=stored.stat().st_size,
        format_bytes=changes.bytes + rest,
        plain=recipe.form != "int8",
    )


def _refuse_unchanged(spec: str, recipe: Recipe, changes: _Changes) -> None:
    """Raises UnfitModel where nothing was changed: the model itself would be audited under another name."""
    if changes.changed:
        return
    names = list(changes.unchanged)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    listed = f": {', '.join(names[:NAMED])}{more}" if names else ""
    why = WHY_NOT[recipe.form]
    raise UnfitModel(f"{spec} cannot become {recipe.spelled}: none of its {len(names)} matrices {why}{listed}")


def _matrices(model: Any) -> list[tuple[str, Any, Tensor]]:
    """Name, module and weight of every matrix of a model, each once."""
    modules = dict(model.named_modules())
    return [
        (name, modules[name.rpartition(".")[0]], weight)
        for name, weight in model.named_parameters()
        if weight.ndim == 2 and weight.is_floating_point()
    ]


def _blocks(model: Any, form: str) -> _Changes:
    """Every matrix as gguf's blocks of 32 numbers would hold it."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    kind = GGMLQuantizationType[form.upper()]
    block, size = GGML_QUANT_SIZES[kind]
    changes = _Changes()
    for name, module, weight in _matrices(model):
        turned = isinstance(module, Conv1D)  # which stores inputs by outputs
        rows = (weight.T if turned else weight).detach().float().contiguous().cpu().numpy()
        if rows.shape[1] % block:
            changes.unchanged[name] = "odd_rows"
            continue
        values = torch.from_numpy(dequantize(quantize(rows, kind), kind).reshape(rows.shape)).to(weight.dtype)
        weight.data.copy_(values.T if turned else values)
        _note(changes, name, weight, weight.numel() // block * size)
    return changes


def _pruned(model: Any, share: float) -> _Changes:
    """The weights nearest to 0 of each linear layer set to 0, all but those of the head over a vocabulary."""
    changes = _Changes()
    head = model.get_output_embeddings()
    for name, module, weight in _matrices(model):
        if not isinstance(module, Linear | Conv1D):
            changes.unchanged[name] = "not_linear"
        elif module is head:
            changes.unchanged[name] = "head"
        else:
            cut: Any = prune  # whose functions have no types
            cut.l1_unstructured(module, "weight", amount=share)
            cut.remove(module, "weight")
            _note(changes, name, module.weight, weight.numel() * weight.element_size())
    return changes


def _int8(loaded: Loaded) -> tuple[Any, _Changes]:
    """The linear layers as torchao stores them: whole numbers of 8 bits, one scale for each output."""
    from transformers import TorchAoConfig

    config: Any = importlib.import_module("torchao.quantization").Int8WeightOnlyConfig()
    changes = _Changes()
    with tempfile.TemporaryDirectory(prefix="fairwitness-") as place:
        loaded.model.save_pretrained(place)
        model: Any = type(loaded.model).from_pretrained(
            place, quantization_config=TorchAoConfig(config), dtype=loaded.dtype
        )
        shutil.rmtree(place)
    for name, module, weight in _matrices(model):
        data = getattr(weight, "qdata", None)
        if data is None:
            changes.unchanged[name] = "head" if module is model.get_output_embeddings() else "not_linear"
            continue
        scales: Any = getattr(weight, "scale", None)
        size = data.numel() * data.element_size() + scales.numel() * scales.element_size()
        changes.changed.append(name)
        changes.changed_numbers += data.numel()
        changes.zeros += int((data == 0).sum())
        changes.bytes += size
    return model, changes


def _note(changes: _Changes, name: str, weight: Tensor, size: int) -> None:
    changes.changed.append(name)
    changes.changed_numbers += weight.numel()
    changes.zeros += int((weight == 0).sum())
    changes.bytes += size
