"""Loads the processor that makes a model's input of a picture, from the checkpoint and nowhere else."""

from __future__ import annotations

from typing import Any

from transformers import AutoImageProcessor

from fairwitness.audit.errors import CorruptModel, MissingExtra, UnfitModel
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.source import Loading, Source

FILES = ("preprocessor_config.json", "processor_config.json")
"""Files that say how a picture becomes input."""


def load_processor(loading: Loading, source: Source) -> Any:
    """The image processor of a folder, by Pillow and numpy whatever else is installed: the same numbers everywhere.

    Raises UnfitModel where the folder says nothing of pictures, MissingExtra where the processor needs a library that
    is not here, CorruptModel where it cannot be loaded.
    """
    if not any((source.folder / name).is_file() for name in FILES):
        raise UnfitModel(
            f"{loading.spec} holds no {FILES[0]}: it does not say how its pictures are made; save it there with "
            "image_processor.save_pretrained"
        )
    try:
        return AutoImageProcessor.from_pretrained(
            source.folder, backend="pil", trust_remote_code=loading.trust_remote_code, local_files_only=True
        )
    except ImportError as error:
        raise MissingExtra(f"the image processor of {loading.spec} needs a library: {one_line(error)}") from error
    except Exception as error:
        raise CorruptModel(f"the image processor of {loading.spec} cannot be loaded: {one_line(error)}") from error
