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
        reads("serialization:load", resource="f", format="torch", sealing="sink", loading="names", by_path_if="mmap"),
        writes("serialization:save", resource="f", value="obj", format="torch", sealing="sink"),
        reads("jit._serialization:load", resource="f", format="torchscript", optional=True, sealing="sink"),
        writes("jit._serialization:save", resource="f", value="m", format="torchscript", optional=True, sealing="sink"),
        reads("export:load", resource="f", format="torch export", optional=True, sealing="path"),
        writes("export:save", resource="f", value="ep", format="torch export", optional=True, sealing="path"),
        reads("hub:load_state_dict_from_url", resource="url", format="torch", loading="names"),
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
