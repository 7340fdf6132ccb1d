"""transformers: models and tokenizers loaded and saved, pipelines and generation asked."""

from jupyter_mlsec.interception import Library, predicts, reads, writes

LIBRARY = Library(
    name="transformers",
    module="transformers",
    versions=("4.40", "6"),
    watches=(
        reads(
            "modeling_utils:PreTrainedModel.from_pretrained", resource="pretrained_model_name_or_path", format="model"
        ),
        writes("modeling_utils:PreTrainedModel.save_pretrained", resource="save_directory", format="model"),
        reads(
            "tokenization_utils_base:PreTrainedTokenizerBase.from_pretrained",
            resource="pretrained_model_name_or_path",
            format="tokenizer",
        ),
        writes(
            "tokenization_utils_base:PreTrainedTokenizerBase.save_pretrained",
            resource="save_directory",
            format="tokenizer",
        ),
        predicts("pipelines.base:Pipeline.__call__", value="inputs"),
        predicts("generation.utils:GenerationMixin.generate", value="inputs"),
    ),
)
