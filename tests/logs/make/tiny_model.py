"""Writes a tiny random language model with a tokenizer of whole characters: `python tiny_model.py FOLDER SEED`."""

import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

folder, seed = sys.argv[1], int(sys.argv[2])
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
vocabulary = {sign: number for number, sign in enumerate([*alphabet, "<|end|>"])}
tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, eos_token="<|end|>", bos_token="<|end|>", pad_token="<|end|>"
)
torch.manual_seed(seed)
size = {"n_positions": 512, "n_embd": 32, "n_layer": 2, "n_head": 4, "initializer_range": 0.4}
GPT2LMHeadModel(GPT2Config(vocab_size=len(vocabulary), **size)).save_pretrained(folder)
fast.save_pretrained(folder)
