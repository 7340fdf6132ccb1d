"""torch: tensors and models saved and loaded, and a model's forward pass as one call, its activations looked at.

Not seen: `module.forward(x)` called directly, a model called in a function that is compiled, the inside of compiled
and scripted modules, activations while a profiler runs, and functional activations unless the policy asks for them
(`[interception] activations = true`).
"""

from jupyter_mlsec.interception import Library, leaves_to, predicts, reads, writes
from jupyter_mlsec.interception.activations import look_on, model_asked

LIBRARY = Library(
    name="torch",
    module="torch",
    versions=("2.1", "3"),
    watches=(
        reads("serialization:load", resource="f", format="torch"),
        writes("serialization:save", resource="f", value="obj", format="torch"),
        reads("jit._serialization:load", resource="f", format="torchscript", optional=True),
        writes("jit._serialization:save", resource="f", value="m", format="torchscript", optional=True),
        reads("export:load", resource="f", format="torch export", optional=True),
        writes("export:save", resource="f", value="ep", format="torch export", optional=True),
        reads("hub:load_state_dict_from_url", resource="url", format="torch"),
        reads("hub:download_url_to_file", resource="url"),
        predicts(
            "nn.modules.module:Module._wrapped_call_impl",
            value="input",
            parameters=("self", "input"),
            kind="model",
            found_by=model_asked,
            observed_by=look_on,
            compiled=True,
        ),
        *leaves_to("DataLoader workers", "utils.data.dataloader:_MultiProcessingDataLoaderIter.__init__"),
    ),
)
