"""Checkpoints whose weights are stored quantised: which method reads them, and their values without it."""

from __future__ import annotations

from typing import Any

from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING

from fairwitness.audit.errors import CorruptModel, UnfitModel, nearest
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Name, Note

NAMED = "quantization_config"


def method_of(spec: str, config: Any) -> str:
    """The method that a configuration names; empty where its weights are stored as they are.

    Raises CorruptModel where it names none, UnfitModel for one that transformers does not know: that would read the
    stored numbers as if they were weights.
    """
    settings = getattr(config, NAMED, None)
    if settings is None:
        return ""
    method = settings.get("quant_method") if isinstance(settings, dict) else getattr(settings, "quant_method", None)
    if method is None and isinstance(settings, dict) and (settings.get("load_in_4bit") or settings.get("load_in_8bit")):
        method = "bitsandbytes"  # as older versions wrote it
    if method is None:
        raise CorruptModel(f"the {NAMED} of {spec} in its config.json names no quant_method")
    name = str(getattr(method, "value", method))
    known = {known.removesuffix("_4bit").removesuffix("_8bit") for known in AUTO_QUANTIZATION_CONFIG_MAPPING}
    if name not in known:
        raise UnfitModel(
            f"{spec} is quantised by {name!r}{nearest(name, known)}, and the installed transformers library cannot "
            f"read that (it reads {', '.join(sorted(known))})"
        )
    return name


def quantised(method: str) -> Note:
    """That the method's own library computes with the stored weights."""
    return note("quantised", "converted", method=Name(method))


def dequantised(model: Any, method: str, refusal: UnfitModel) -> tuple[Any, Note]:
    """The model with its stored values as plain numbers; raises the `refusal` where its library has no way to them.

    What bitsandbytes makes of a text with 8 bits hangs on the texts beside it (the columns that it leaves out are
    chosen by the largest number of a whole batch; Dettmers et al. 2022, section 3.2): such a model is no function of
    a text, and its stored values are.
    """
    try:
        plain = model.dequantize(dtype=model.dtype)
    except (NotImplementedError, ValueError, AttributeError) as error:
        raise refusal from error
    return plain, note("dequantised", "converted", method=Name(method))
