"""safetensors: weights of models, whatever library they are for.

Not seen: which tensors of a file opened with `safe_open` are taken out (a Rust type), and what `load` and `save` make
of bytes in memory: nothing outside is touched there.
"""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="safetensors",
    module="safetensors",
    versions=("0.4", "1"),
    watches=(
        reads(
            "safe_open",
            resource="filename",
            format="safetensors",
            parameters=("filename", "framework", "device"),
            sealing="path",
        ),
        writes(
            "serialize_file",
            resource="filename",
            value="tensor_dict",
            format="safetensors",
            parameters=("tensor_dict", "filename", "metadata"),
            sealing="folder",
        ),
        *(
            watch
            for flavour in ("numpy", "torch", "flax")
            for watch in (
                reads(f"{flavour}:load_file", resource="filename", format="safetensors", sealing="path"),
                writes(
                    f"{flavour}:save_file",
                    resource="filename",
                    value="tensor_dict" if flavour == "numpy" else "tensors",
                    format="safetensors",
                    sealing="folder",
                ),
            )
        ),
    ),
)
