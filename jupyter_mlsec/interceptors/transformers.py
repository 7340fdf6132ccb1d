"""transformers: models and tokenizers loaded and saved, pipelines and generation asked.

Not seen: `push_to_hub`, and `Trainer.train` other than by the forward passes of its model.
"""

import os
from typing import Any

from jupyter_mlsec.interception import Library, predicts, reads, writes


def _place(call: Any) -> Any:  # Any: a Call, and whatever the user named
    """The folder or file; else the name of something on the hub."""
    named = call.resource
    is_hubs = isinstance(named, str) and not os.path.isabs(named) and not os.path.exists(named)  # noqa: PTH110, PTH117
    return f"hf://{named}" if is_hubs else named


_NAME = "pretrained_model_name_or_path"

LIBRARY = Library(
    name="transformers",
    module="transformers",
    versions=("4.40", "6"),
    watches=(
        reads(
            "modeling_utils:PreTrainedModel.from_pretrained",
            resource=_NAME,
            format="model",
            found_by=_place,
            sealing="lasting",
        ),
        writes(
            "modeling_utils:PreTrainedModel.save_pretrained",
            resource="save_directory",
            format="model",
            sealing="folder",
        ),
        reads(
            "tokenization_utils_base:PreTrainedTokenizerBase.from_pretrained",
            resource=_NAME,
            format="tokenizer",
            found_by=_place,
            sealing="lasting",
        ),
        writes(
            "tokenization_utils_base:PreTrainedTokenizerBase.save_pretrained",
            resource="save_directory",
            format="tokenizer",
            sealing="folder",
        ),
        predicts("pipelines.base:Pipeline.__call__", value="inputs"),
        predicts("generation.utils:GenerationMixin.generate", value="inputs"),
    ),
)
