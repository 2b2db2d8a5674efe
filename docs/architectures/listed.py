"""The architectures on the page: a configuration of each that is tiny and has what makes the architecture special."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One model: the class that its checkpoint names, its type, the kind of its tokenizer and its configuration.

    `about` says what is special where the same class stands on the page twice.
    """

    architecture: str
    model_type: str
    tokenizer: str
    config: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""


_BASE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
_BERT = {**_BASE, "max_position_embeddings": 64}
_ROBERTA = {**_BASE, "max_position_embeddings": 66, "pad_token_id": 1, "type_vocab_size": 1}
_GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
_LLAMA = {**_BASE, "num_key_value_heads": 2, "max_position_embeddings": 96}
_NARROW = {**_LLAMA, "head_dim": 8}
_BART = {
    "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 64,
}  # fmt: skip
_DEBERTA = {**_BERT, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0}
_DISTILBERT = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "max_position_embeddings": 64}
_FUNNEL = {
    "d_model": 32, "block_sizes": [1, 1], "n_head": 4, "d_head": 8, "d_inner": 64, "num_decoder_layers": 1,
}  # fmt: skip
_FNET = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64, "max_position_embeddings": 64}
_LONGFORMER = {**_ROBERTA, "max_position_embeddings": 130, "attention_window": 8}
_REFORMER = {
    "attention_head_size": 8, "attn_layers": ["local", "local"], "hidden_size": 32, "num_attention_heads": 4,
    "feed_forward_size": 64, "axial_pos_shape": [8, 8], "axial_pos_embds_dim": [16, 16], "max_position_embeddings": 64,
    "local_attn_chunk_length": 8,
}  # fmt: skip
_SPARSE = {**_BERT, "max_position_embeddings": 256, "block_size": 16, "pad_token_id": 1}
_XLM = {"pad_index": 0, "pad_token_id": 0, "emb_dim": 32, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 64}
_XLNET = {"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 64}
_NYSTROM = {**_BERT, "segment_means_seq_len": 64}
_REM = {**_BERT, "input_embedding_size": 16, "output_embedding_size": 48}
_STATES = {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
_DECODER = {"is_decoder": True}

MASKED = (
    Example("AlbertForMaskedLM", "albert", "albert", {**_BERT, "embedding_size": 16}),
    Example("BertForMaskedLM", "bert", "bert", _BERT),
    Example("BertForPreTraining", "bert", "bert", _BERT),
    Example("BigBirdForMaskedLM", "big_bird", "sentencepiece", {**_SPARSE, "attention_type": "block_sparse"}),
    Example("CamembertForMaskedLM", "camembert", "sentencepiece", _ROBERTA),
    Example("ConvBertForMaskedLM", "convbert", "bert", {**_BERT, "embedding_size": 32}),
    Example("Data2VecTextForMaskedLM", "data2vec-text", "roberta", _ROBERTA),
    Example("DebertaForMaskedLM", "deberta", "roberta", _DEBERTA),
    Example("DebertaV2ForMaskedLM", "deberta-v2", "albert", {**_DEBERTA, "position_biased_input": False}),
    Example("DistilBertForMaskedLM", "distilbert", "bert", _DISTILBERT),
    Example("ElectraForMaskedLM", "electra", "bert", {**_BERT, "embedding_size": 16}),
    Example("ElectraForPreTraining", "electra", "bert", {**_BERT, "embedding_size": 16}),
    Example("ErnieForMaskedLM", "ernie", "bert", _BERT),
    Example(
        "EsmForMaskedLM", "esm", "bert",
        {**_BERT, "pad_token_id": 0, "position_embedding_type": "rotary", "mask_token_id": 4},
    ),
    Example("EuroBertForMaskedLM", "eurobert", "modernbert", {**_BERT, "num_key_value_heads": 2, "pad_token_id": 0}),
    Example("FlaubertWithLMHeadModel", "flaubert", "modernbert", _XLM),
    Example("FNetForMaskedLM", "fnet", "albert", _FNET),
    Example("FunnelForMaskedLM", "funnel", "bert", _FUNNEL),
    Example("IBertForMaskedLM", "ibert", "roberta", _ROBERTA),
    Example("LongformerForMaskedLM", "longformer", "roberta", _LONGFORMER),
    Example("LukeForMaskedLM", "luke", "roberta", {**_ROBERTA, "entity_vocab_size": 10, "entity_emb_size": 16}),
    Example("MegatronBertForMaskedLM", "megatron-bert", "bert", _BERT),
    Example(
        "MobileBertForMaskedLM", "mobilebert", "bert",
        {**_BERT, "embedding_size": 32, "intra_bottleneck_size": 16, "num_feedforward_networks": 1},
    ),
    Example("ModernBertForMaskedLM", "modernbert", "modernbert", {**_BERT, "pad_token_id": 0, "local_attention": 8}),
    Example("MPNetForMaskedLM", "mpnet", "bert", {**_BASE, "max_position_embeddings": 66}),
    Example("MraForMaskedLM", "mra", "roberta", {**_ROBERTA, "block_per_row": 1}),
    Example("NystromformerForMaskedLM", "nystromformer", "albert", {**_NYSTROM, "num_landmarks": 64}),
    Example(
        "NystromformerForMaskedLM", "nystromformer", "albert", {**_NYSTROM, "num_landmarks": 8},
        "fewer landmarks than tokens",
    ),
    Example("ReformerForMaskedLM", "reformer", "bert", {**_REFORMER, "is_decoder": False}),
    Example("RemBertForMaskedLM", "rembert", "albert", _REM),
    Example("RobertaForMaskedLM", "roberta", "roberta", _ROBERTA),
    Example("RoFormerForMaskedLM", "roformer", "bert", {**_BERT, "embedding_size": 32}),
    Example("SqueezeBertForMaskedLM", "squeezebert", "bert", {**_BERT, "embedding_size": 32}),
    Example("TapasForMaskedLM", "tapas", "modernbert", _BERT),
    Example("XLMRobertaForMaskedLM", "xlm-roberta", "sentencepiece", _ROBERTA),
    Example("XLMWithLMHeadModel", "xlm", "modernbert", _XLM),
    Example("XLMWithLMHeadModel", "xlm", "modernbert", {**_XLM, "n_langs": 2}, "two languages"),
    Example("XmodForMaskedLM", "xmod", "sentencepiece", {**_ROBERTA, "languages": ["en_XX", "de_DE"]}),
    Example(
        "XmodForMaskedLM", "xmod", "sentencepiece",
        {**_ROBERTA, "languages": ["en_XX", "de_DE"], "default_language": "en_XX"}, "with a default language",
    ),
    Example("YosoForMaskedLM", "yoso", "albert", {**_BERT, "use_expectation": True}),
)  # fmt: skip
CAUSAL = (
    Example("BartForCausalLM", "bart", "roberta", _BART),
    Example("BertLMHeadModel", "bert", "bert", {**_BERT, **_DECODER}),
    Example("BertLMHeadModel", "bert", "bert", _BERT, "without is_decoder"),
    Example(
        "BigBirdForCausalLM", "big_bird", "sentencepiece",
        {**_SPARSE, **_DECODER, "attention_type": "original_full"},
    ),
    Example("BioGptForCausalLM", "biogpt", "roberta", _BERT),
    Example("BitNetForCausalLM", "bitnet", "llama", _LLAMA),
    Example("BloomForCausalLM", "bloom", "gpt2", {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    Example("CamembertForCausalLM", "camembert", "sentencepiece", {**_ROBERTA, **_DECODER}),
    Example("CodeGenForCausalLM", "codegen", "gpt2", {**_GPT2, "rotary_dim": 4}),
    Example("CohereForCausalLM", "cohere", "llama", {**_LLAMA, "logit_scale": 0.5}),
    Example("Cohere2ForCausalLM", "cohere2", "llama", {**_LLAMA, "sliding_window": 6}),
    Example("CTRLLMHeadModel", "ctrl", "gpt2", {**_GPT2, "dff": 64}),
    Example(
        "DeepseekV3ForCausalLM", "deepseek_v3", "gpt2",
        {
            **_BASE, "num_key_value_heads": 4, "moe_intermediate_size": 16, "n_routed_experts": 4,
            "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1, "q_lora_rank": 8, "kv_lora_rank": 8,
            "qk_rope_head_dim": 4, "qk_nope_head_dim": 4, "v_head_dim": 8, "first_k_dense_replace": 1,
        },
    ),
    Example("ElectraForCausalLM", "electra", "bert", {**_BERT, **_DECODER, "embedding_size": 16}),
    Example("FalconForCausalLM", "falcon", "gpt2", {**_BASE, "alibi": True}),
    Example("FalconMambaForCausalLM", "falcon_mamba", "gpt2", _STATES),
    Example("GemmaForCausalLM", "gemma", "llama", _NARROW),
    Example(
        "Gemma2ForCausalLM", "gemma2", "llama",
        {**_NARROW, "sliding_window": 6, "final_logit_softcapping": 3.0, "query_pre_attn_scalar": 8},
    ),
    Example("Gemma3ForCausalLM", "gemma3_text", "llama", {**_NARROW, "sliding_window": 6, "query_pre_attn_scalar": 8}),
    Example("Glm4ForCausalLM", "glm4", "llama", {**_NARROW, "pad_token_id": 0}),
    Example("GPT2LMHeadModel", "gpt2", "gpt2", {**_GPT2, "bos_token_id": 0, "eos_token_id": 0}),
    Example("GPTBigCodeForCausalLM", "gpt_bigcode", "gpt2", _GPT2),
    Example("GPTJForCausalLM", "gptj", "gpt2", {**_GPT2, "rotary_dim": 4}),
    Example(
        "GPTNeoForCausalLM", "gpt_neo", "gpt2",
        {
            "hidden_size": 32, "num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]],
            "window_size": 8, "max_position_embeddings": 64,
        },
    ),
    Example("GPTNeoXForCausalLM", "gpt_neox", "gpt2", _BERT),
    Example(
        "GptOssForCausalLM", "gpt_oss", "gpt2",
        {**_NARROW, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 6},
    ),
    Example("GraniteForCausalLM", "granite", "gpt2", {**_LLAMA, "logits_scaling": 4.0}),
    Example(
        "JambaForCausalLM", "jamba", "llama",
        {
            **_LLAMA, "num_hidden_layers": 4, "attn_layer_period": 2, "attn_layer_offset": 1, "num_experts": 2,
            "mamba_d_state": 4, "use_mamba_kernels": False,
        },
    ),
    Example(
        "Lfm2ForCausalLM", "lfm2", "llama",
        {**_LLAMA, "num_hidden_layers": 3, "layer_types": ["conv", "full_attention", "conv"]},
    ),
    Example("LlamaForCausalLM", "llama", "llama", {**_LLAMA, "bos_token_id": 1, "eos_token_id": 2}),
    Example(
        "Llama4ForCausalLM", "llama4_text", "llama",
        {**_NARROW, "intermediate_size_mlp": 64, "num_local_experts": 2, "attention_chunk_size": 8},
    ),
    Example("MambaForCausalLM", "mamba", "gpt2", _STATES),
    Example(
        "Mamba2ForCausalLM", "mamba2", "gpt2",
        {**_STATES, "state_size": 8, "num_heads": 8, "head_dim": 8, "n_groups": 1, "expand": 2, "chunk_size": 8},
    ),
    Example("MegatronBertForCausalLM", "megatron-bert", "bert", {**_BERT, **_DECODER}),
    Example("MistralForCausalLM", "mistral", "llama", {**_LLAMA, "sliding_window": 6}),
    Example("MixtralForCausalLM", "mixtral", "llama", {**_LLAMA, "num_local_experts": 3, "num_experts_per_tok": 2}),
    Example("MptForCausalLM", "mpt", "gpt2", {"d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 64}),
    Example("NemotronForCausalLM", "nemotron", "gpt2", _LLAMA),
    Example("Olmo2ForCausalLM", "olmo2", "gpt2", _LLAMA),
    Example("OlmoeForCausalLM", "olmoe", "gpt2", {**_LLAMA, **_EXPERTS}),
    Example("OpenAIGPTLMHeadModel", "openai-gpt", "gpt2", _GPT2),
    Example(
        "OPTForCausalLM", "opt", "roberta",
        {
            "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 64, "pad_token_id": 1,
            "max_position_embeddings": 64, "word_embed_proj_dim": 32, "bos_token_id": 0, "eos_token_id": 2,
        },
    ),
    Example("PersimmonForCausalLM", "persimmon", "gpt2", _BERT),
    Example("PhiForCausalLM", "phi", "gpt2", _BERT),
    Example("Phi3ForCausalLM", "phi3", "llama", {**_LLAMA, "pad_token_id": 0, "sliding_window": 6}),
    Example(
        "ProphetNetForCausalLM", "prophetnet", "bert",
        {
            "hidden_size": 32, "num_decoder_layers": 1, "num_encoder_layers": 1, "num_decoder_attention_heads": 4,
            "num_encoder_attention_heads": 4, "decoder_ffn_dim": 64, "encoder_ffn_dim": 64,
            "max_position_embeddings": 64,
        },
    ),
    Example("Qwen2ForCausalLM", "qwen2", "qwen", _LLAMA),
    Example(
        "Qwen2MoeForCausalLM", "qwen2_moe", "qwen",
        {**_LLAMA, **_EXPERTS, "moe_intermediate_size": 16, "shared_expert_intermediate_size": 16},
    ),
    Example("Qwen3ForCausalLM", "qwen3", "qwen", _NARROW),
    Example(
        "Qwen3NextForCausalLM", "qwen3_next", "qwen",
        {
            **_NARROW, **_EXPERTS, "num_hidden_layers": 4, "moe_intermediate_size": 16, "linear_num_value_heads": 4,
            "shared_expert_intermediate_size": 16, "linear_num_key_heads": 2, "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
        },
    ),
    Example(
        "RecurrentGemmaForCausalLM", "recurrent_gemma", "llama",
        {**_BASE, "num_hidden_layers": 3, "lru_width": 32, "attention_window_size": 16},
    ),
    Example("ReformerModelWithLMHead", "reformer", "gpt2", {**_REFORMER, **_DECODER}),
    Example("RemBertForCausalLM", "rembert", "albert", {**_REM, **_DECODER}),
    Example("RobertaForCausalLM", "roberta", "roberta", {**_ROBERTA, **_DECODER}),
    Example("RoFormerForCausalLM", "roformer", "bert", {**_BERT, **_DECODER, "embedding_size": 32}),
    Example(
        "RwkvForCausalLM", "rwkv", "gpt2",
        {"hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32, "context_length": 64},
    ),
    Example("SmolLM3ForCausalLM", "smollm3", "gpt2", {**_LLAMA, "pad_token_id": 0, "no_rope_layers": [1, 0]}),
    Example("StableLmForCausalLM", "stablelm", "gpt2", _LLAMA),
    Example(
        "XGLMForCausalLM", "xglm", "sentencepiece",
        {"d_model": 32, "num_layers": 2, "attention_heads": 4, "ffn_dim": 64, "max_position_embeddings": 64},
    ),
    Example("XLNetLMHeadModel", "xlnet", "xlnet", _XLNET),
    Example(
        "Zamba2ForCausalLM", "zamba2", "llama",
        {
            **_BASE, "num_hidden_layers": 3, "num_key_value_heads": 4, "mamba_d_state": 8, "mamba_headdim": 8,
            "layers_block_type": ["mamba", "mamba", "hybrid"], "n_mamba_heads": 8, "chunk_size": 8,
            "use_mamba_kernels": False,
        },
    ),
)  # fmt: skip
_STACKS = {**_BART, "encoder_layers": 2, "decoder_layers": 2}
_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0}
_PAD_FIRST = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
_PAD_SECOND = {"pad_token_id": 1, "eos_token_id": 2, "bos_token_id": 0}
SEQUENCES = (
    Example("BartForConditionalGeneration", "bart", "roberta", {**_STACKS, "decoder_start_token_id": 2}),
    Example("BartForConditionalGeneration", "bart", "roberta", {**_STACKS, "decoder_start_token_id": None}, "no start"),
    Example("BlenderbotForConditionalGeneration", "blenderbot", "t5", {**_STACKS, **_PAD_FIRST}),
    Example("BlenderbotSmallForConditionalGeneration", "blenderbot-small", "t5", {**_STACKS, **_PAD_FIRST}),
    Example("LEDForConditionalGeneration", "led", "roberta", {**_STACKS, "attention_window": 8, **_PAD_SECOND}),
    Example("LongT5ForConditionalGeneration", "longt5", "t5", {**_T5, "local_radius": 4}),
    Example("M2M100ForConditionalGeneration", "m2m_100", "mbart", {**_STACKS, "decoder_start_token_id": 4}),
    Example("MarianMTModel", "marian", "t5", {**_STACKS, **_PAD_FIRST}),
    Example("MBartForConditionalGeneration", "mbart", "mbart", {**_STACKS, "decoder_start_token_id": 4}),
    Example("MBartForConditionalGeneration", "mbart", "mbart", {**_STACKS, "decoder_start_token_id": 5}, "translates"),
    Example(
        "MBartForConditionalGeneration", "mbart", "mbart", {**_STACKS, "decoder_start_token_id": 2},
        "no target language",
    ),
    Example("MT5ForConditionalGeneration", "mt5", "t5", _T5),
    Example("MvpForConditionalGeneration", "mvp", "roberta", {**_STACKS, "decoder_start_token_id": 2}),
    Example("PegasusForConditionalGeneration", "pegasus", "t5", {**_STACKS, **_PAD_FIRST}),
    Example("PegasusXForConditionalGeneration", "pegasus_x", "t5", {**_STACKS, **_PAD_FIRST, "block_size": 8}),
    Example("PLBartForConditionalGeneration", "plbart", "roberta", {**_STACKS, "decoder_start_token_id": 2}),
    Example(
        "ProphetNetForConditionalGeneration", "prophetnet", "bert",
        {
            "hidden_size": 32, "num_encoder_layers": 2, "num_decoder_layers": 2, "num_encoder_attention_heads": 4,
            "num_decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
            "max_position_embeddings": 64, "decoder_start_token_id": 2, "pad_token_id": 0,
        },
    ),
    Example("SwitchTransformersForConditionalGeneration", "switch_transformers", "t5", {**_T5, "num_experts": 2}),
    Example("T5EncoderModel", "t5", "t5", _T5),
    Example("T5ForConditionalGeneration", "t5", "t5", _T5),
    Example("UMT5ForConditionalGeneration", "umt5", "t5", _T5),
)  # fmt: skip
CLASSIFIERS = (
    Example("BartForSequenceClassification", "bart", "roberta", {**_BART, "num_labels": 3}),
    Example("BertForSequenceClassification", "bert", "bert", {**_BERT, "num_labels": 3}),
    Example(
        "BertForSequenceClassification", "bert", "bert",
        {**_BERT, "num_labels": 3, "problem_type": "multi_label_classification"}, "labels judged apart",
    ),
    Example("BertForSequenceClassification", "bert", "bert", {**_BERT, "num_labels": 1}, "one output"),
    Example("ConvBertForSequenceClassification", "convbert", "bert", {**_BERT, "embedding_size": 32}),
    Example("DebertaV2ForSequenceClassification", "deberta-v2", "albert", _DEBERTA),
    Example("ElectraForSequenceClassification", "electra", "bert", {**_BERT, "embedding_size": 16}),
    Example("FNetForSequenceClassification", "fnet", "albert", _FNET),
    Example("FunnelForSequenceClassification", "funnel", "bert", _FUNNEL),
    Example("GPT2ForSequenceClassification", "gpt2", "gpt2", {**_GPT2, "bos_token_id": 0, "eos_token_id": 0}),
    Example("LlamaForSequenceClassification", "llama", "llama", _LLAMA),
    Example("LongformerForSequenceClassification", "longformer", "roberta", _LONGFORMER),
    Example("ModernBertForSequenceClassification", "modernbert", "modernbert", {**_BERT, "pad_token_id": 0}),
    Example("Qwen3ForSequenceClassification", "qwen3", "qwen", _NARROW),
    Example("RobertaForSequenceClassification", "roberta", "roberta", {**_ROBERTA, "num_labels": 3}),
    Example("XLNetForSequenceClassification", "xlnet", "xlnet", _XLNET),
)  # fmt: skip
_NAMES = {"id2label": dict(enumerate(("O", "B-PER", "I-PER", "B-LOC", "I-LOC")))}
TAGGERS = (
    Example("BertForTokenClassification", "bert", "bert", {**_BERT, **_NAMES}),
    Example("BertForTokenClassification", "bert", "bert", {**_BERT, "num_labels": 3}, about="labels without names"),
    Example("DebertaV2ForTokenClassification", "deberta-v2", "albert", {**_DEBERTA, **_NAMES}),
    Example("RobertaForTokenClassification", "roberta", "roberta", {**_ROBERTA, **_NAMES}),
)
OTHERS = (
    Example("BertForMultipleChoice", "bert", "bert", _BERT),
    Example("BertForQuestionAnswering", "bert", "bert", _BERT),
    Example("BertModel", "bert", "bert", _BERT),
    Example("BigBirdForQuestionAnswering", "big_bird", "sentencepiece", {**_SPARSE, "attention_type": "original_full"}),
    Example("DistilBertForQuestionAnswering", "distilbert", "bert", _DISTILBERT),
    Example("GPT2Model", "gpt2", "gpt2", _GPT2),
    Example("MPNetModel", "mpnet", "bert", {**_BASE, "max_position_embeddings": 66}),
    Example("RobertaForQuestionAnswering", "roberta", "roberta", _ROBERTA),
    Example("XLNetForQuestionAnsweringSimple", "xlnet", "xlnet", _XLNET),
)
KINDS = {
    "Models that fill masks": MASKED,
    "Models that write": CAUSAL,
    "Models that write for a source": SEQUENCES,
    "Classifiers of texts": CLASSIFIERS,
    "Taggers of texts": TAGGERS,
    "Question answerers, encoders and others": OTHERS,
}
