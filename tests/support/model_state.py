"""Everything that somebody may have set on a model and its tokenizer, to be compared before and after."""

from __future__ import annotations

from typing import Any

import torch

HOOKS = (
    "_forward_hooks", "_forward_pre_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks",
)  # fmt: skip


def state_of(model: Any, tokenizer: Any) -> dict[str, Any]:
    """By name: modes, hooks, attributes of every part; place, format, grad and numbers of every weight; settings."""
    state: dict[str, Any] = {}
    for name, module in model.named_modules():
        state[f"{name}: training"] = module.training
        state[f"{name}: hooks"] = [list(getattr(module, hooks).items()) for hooks in HOOKS]
        state[f"{name}: attributes"] = sorted(key for key in vars(module) if not key.startswith("_buffers"))
        state[f"{name}: forward"] = vars(module).get("forward")
    for name, weight in (*model.named_parameters(), *model.named_buffers()):
        state[f"{name}: place"] = (weight.device, weight.dtype, weight.data_ptr(), weight.is_inference())
        state[f"{name}: gradient"] = (weight.requires_grad, weight.grad)
        state[f"{name}: numbers"] = weight.detach().clone()
    state["config"] = model.config.to_dict()
    state["attention"] = (model.config._attn_implementation, model.base_model.config._attn_implementation)
    generation = getattr(model, "generation_config", None)
    state["generation"] = None if generation is None else generation.to_dict()
    backend = tokenizer.backend_tokenizer
    state["tokenizer"] = (tokenizer.padding_side, tokenizer.truncation_side, tokenizer.model_max_length, len(tokenizer))
    state["special"] = (tokenizer.special_tokens_map, tokenizer.pad_token_id, tokenizer.model_input_names)
    state["backend"] = (backend.truncation, backend.padding, backend.to_str())
    return state


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of what is not as it was."""
    names = dict.fromkeys([*before, *after])
    return [name for name in names if not _equal(before.get(name), after.get(name))]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    return bool(one == other)
