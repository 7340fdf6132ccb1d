"""scipy: matrices, sounds and other people's file formats in `scipy.io`."""

from jupyter_mlsec.interception import Library, reads, writes

LIBRARY = Library(
    name="scipy",
    module="scipy",
    versions=("1.11", "2"),
    watches=(
        reads("io:loadmat", resource="file_name", format="mat"),
        writes("io:savemat", resource="file_name", value="mdict", format="mat"),
        reads("io:mmread", resource="source", format="mtx"),
        writes("io:mmwrite", resource="target", value="a", format="mtx"),
        reads("io:readsav", resource="file_name", format="sav"),
        reads("io.arff:loadarff", resource="f", format="arff"),
        reads("io.wavfile:read", resource="filename", format="wav"),
        writes("io.wavfile:write", resource="filename", value="data", format="wav"),
    ),
)
