"""Which calls concern a model: what asks one, what one may lie in, and what makes another file of a saved one."""

from __future__ import annotations

ANSWERS = frozenset({"predict", "transform"})
"""Actions of a call that asks a model."""
FORMATS = frozenset(
    {"pickle", "joblib", "torch", "torchscript", "torch export", "skops", "xgboost", "lightgbm", "keras", "model"}
    | {"safetensors"}
)
"""What a model may lie in."""
CHANGING = frozenset({"sealed", "opened", "granted", "rotated"})
"""Verbs of ours after which a saved model is another file."""
