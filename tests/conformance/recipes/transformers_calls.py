"""transformers, called for real: tiny models with random weights, made from a configuration. Nothing is probed."""

from __future__ import annotations

import os

import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from tests.conformance.recipes.recipe import Recipe, path_in

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"]
SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}


def _model():
    return BertForSequenceClassification(BertConfig(vocab_size=len(WORDS), **SIZES))


def _tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]")


def _pipeline():
    return transformers.pipeline("text-classification", model=_model(), tokenizer=_tokenizer(), framework="pt")


def _writer():
    return GPT2LMHeadModel(GPT2Config(vocab_size=7, n_embd=8, n_layer=1, n_head=1, bos_token_id=0, eos_token_id=6))


def _at(folder: str, name: str, make) -> str:
    return path_in(folder, name, lambda path: make().save_pretrained(path))


def _missing(folder: str) -> str:
    return os.path.join(folder, "missing")


RECIPES = {
    "modeling_utils:PreTrainedModel.from_pretrained": Recipe(
        lambda: BertForSequenceClassification,
        "from_pretrained",
        lambda folder: (_at(folder, "m", _model),),
        lambda folder: (_missing(folder),),
    ),
    "modeling_utils:PreTrainedModel.save_pretrained": Recipe(
        lambda: transformers.PreTrainedModel,
        "save_pretrained",
        lambda folder: (_model(), os.path.join(folder, "o")),
        lambda _: (_model(), None),
    ),
    "tokenization_utils_base:PreTrainedTokenizerBase.from_pretrained": Recipe(
        lambda: transformers.PreTrainedTokenizerFast,
        "from_pretrained",
        lambda folder: (_at(folder, "t", _tokenizer),),
        lambda folder: (_missing(folder),),
    ),
    "tokenization_utils_base:PreTrainedTokenizerBase.save_pretrained": Recipe(
        lambda: PreTrainedTokenizerBase,
        "save_pretrained",
        lambda folder: (_tokenizer(), os.path.join(folder, "o")),
        lambda _: (_tokenizer(), None),
    ),
    "pipelines.base:Pipeline.__call__": Recipe(
        lambda: transformers.Pipeline, "__call__", lambda _: (_pipeline(), "a b"), lambda _: (_pipeline(), 7)
    ),
    "generation.utils:GenerationMixin.generate": Recipe(
        lambda: transformers.GenerationMixin,
        "generate",
        lambda _: (_writer(), torch.tensor([[1, 2]])),
        lambda _: (_writer(), "text"),
        keywords={"max_new_tokens": 2, "do_sample": False},
    ),
}
