"""A tiny model that writes words as they come, and texts that transformers marked while it wrote them."""

from __future__ import annotations

from functools import cache
from typing import Any

from fairwitness.audit.green import Seeding
from trained import Tiny, word_tokenizer

WORDS, POSITIONS, LENGTH = 2_000, 512, 250
KEY, OTHER_KEY = 982_451_653, 961_748_941


@cache
def babbler() -> Tiny:
    """An untrained model over two thousand words: whatever stands before, any of them may follow."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = word_tokenizer([" ".join(f"w{number}" for number in range(WORDS))], "gpt2")
    torch.manual_seed(11)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=POSITIONS, n_embd=32, n_layer=1, n_head=2,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    return Tiny(GPT2LMHeadModel(config).eval(), tokenizer)


def marking(seeding: Seeding = "lefthash", width: int = 1, bias: float = 2.0) -> Any:
    """How transformers marks."""
    from transformers import WatermarkingConfig

    return WatermarkingConfig(
        greenlist_ratio=0.25, bias=bias, hashing_key=KEY, seeding_scheme=seeding, context_width=width
    )


@cache
def written(count: int, seed: int, seeding: Seeding | None = None, width: int = 1) -> tuple[str, ...]:
    """So many texts that transformers had the model write: marked where a way of seeding is named.

    Of `selfhash` the forty likeliest words alone are drawn from: those are all that transformers looks at to mark.
    """
    import torch

    model, tokenizer = babbler().model, babbler().tokenizer
    prompts = torch.tensor([[tokenizer.bos_token_id, 10 + number, 20 + number] for number in range(count)])
    torch.manual_seed(seed)
    rows = model.generate(
        prompts,
        attention_mask=torch.ones_like(prompts),
        do_sample=True,
        top_k=40 if seeding == "selfhash" else 0,
        min_new_tokens=LENGTH,
        max_new_tokens=LENGTH,
        pad_token_id=tokenizer.pad_token_id,
        watermarking_config=None if seeding is None else marking(seeding, width),
    )
    return tuple(tokenizer.decode(row[prompts.shape[1] :], skip_special_tokens=True) for row in rows)
