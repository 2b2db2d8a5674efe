"""A saved torch module as a function of arrays: an exported program, TorchScript or a pickled module."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
import numpy.typing as npt
import torch

from fairwitness.audit.errors import CorruptModel, WrongTask
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.subject import OutOfMemory

Floats = npt.NDArray[np.float32]


def load_module(path: Path) -> tuple[Callable[[Floats], Floats], str, int | None]:
    """The module's forward pass over float32 [rows, features], its class and its number of parameters.

    Reading runs whatever the file holds: the caller must have been allowed to. Raises CorruptModel, WrongTask.
    """
    module = _read(path)
    parameters = sum(parameter.numel() for parameter in module.parameters())

    def forward(rows: Floats) -> Floats:
        try:
            with torch.inference_mode():
                values = module(torch.from_numpy(rows))
        except torch.OutOfMemoryError as error:
            raise OutOfMemory from error
        given = values[0] if isinstance(values, tuple | list) and len(values) == 1 else values
        if not isinstance(given, torch.Tensor):
            raise WrongTask(f"{path} gives {type(given).__name__}, and a model over a table gives one tensor")
        return given.float().numpy()

    return forward, _named(module), parameters


def _read(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix.lower() == ".pt2":
                return torch.export.load(path).module()
            if _is_script(path):
                return torch.jit.load(path, map_location="cpu").eval()  # type: ignore[no-untyped-call]
            module = torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # unpickling is foreign code and raises anything
        raise CorruptModel(f"{path} cannot be loaded: {one_line(error)}") from error
    if not isinstance(module, torch.nn.Module):
        raise WrongTask(
            f"{path} holds {type(module).__name__} and no module: weights alone say nothing of how they are used; "
            "save the module itself, or torch.export it to .pt2"
        )
    return module.eval()


def _is_script(path: Path) -> bool:
    """TorchScript is an archive with the code of its modules in it."""
    if not is_zipfile(path):
        return False
    with ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def _named(module: Any) -> str:
    return str(getattr(module, "original_name", type(module).__name__))
