"""The words an interceptor file is written in: a Library, and what it reads, writes, fits and predicts."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlsec.protocol.watch import Sealing, Watch


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """One library: which module's arrival to wait for, which versions are known, and what to watch.

    versions: `(from, below)`; outside of it the interceptor stands down and says so.
    estimators: dotted base class; then `watches` name methods of it and of every class that derives from it.
    callers: how the library finds its caller for a warning. `by-count` (a number of frames, the rule) or
    `by-file` (it walks out of its own folder, as pandas does); the extra frame hides from either.
    """

    name: str
    module: str
    distribution: str | None = None
    versions: tuple[str, str]
    watches: tuple[Watch, ...]
    estimators: str | None = None
    callers: Literal["by-count", "by-file"] = "by-count"


def reads(
    target: str,
    *,
    resource: str,
    format: str | None = None,
    sealing: Sealing = "none",
    compression: str | None = None,
) -> Watch:
    """`target` reads the resource named by its parameter `resource`."""
    return Watch(
        target=target, action="read", resource=resource, format=format, sealing=sealing, compression=compression
    )


def writes(
    target: str,
    *,
    resource: str,
    value: str = "self",
    format: str | None = None,
    sealing: Sealing = "none",
    compression: str | None = None,
) -> Watch:
    """`target` writes its parameter `value` to the resource named by its parameter `resource`."""
    return Watch(
        target=target,
        action="write",
        resource=resource,
        value=value,
        format=format,
        sealing=sealing,
        compression=compression,
    )


def fits(target: str, *, value: str = "X") -> Watch:
    """`target` learns from its parameter `value`; the resource is the model itself."""
    return Watch(target=target, action="fit", resource="self", value=value)


def predicts(target: str, *, value: str = "X") -> Watch:
    """`target` answers for its parameter `value`; the resource is the model itself."""
    return Watch(target=target, action="predict", resource="self", value=value)


def transforms(target: str, *, value: str = "X") -> Watch:
    """`target` transforms its parameter `value`; the resource is the model itself."""
    return Watch(target=target, action="transform", resource="self", value=value)
