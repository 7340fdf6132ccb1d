"""The effective policy: built-in profile, your policy, the project's, what you chose now, the administrator's locks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.host import places
from jupyter_mlsec.policy import trust
from jupyter_mlsec.policy.layer import PROFILES, Layer, apply, parse, read_bytes
from jupyter_mlsec.protocol.errors import PolicyError

USER_FILE = "policy.toml"
ADMIN_FILE = "jupyter_mlsec.toml"
_PROJECT = "the project's policy"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force, why, and what was ignored. A section is the control's own Settings."""

    profile: str
    sections: dict[str, Any]
    """The controls' Settings by section name."""
    digest: str
    """SHA-256 of the RFC 8785 JSON of profile, sections, plugins and what is off."""
    sources: tuple[str, ...] = ()
    """The files that were read, nearest to the defaults first, each with what it is."""
    notices: tuple[str, ...] = ()
    """What was ignored and why, one sentence each."""
    plugins: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    """Sections the administrator switched off."""
    locks: dict[str, str] = {}
    origins: dict[str, str] = {}
    """`section.key` -> who set it, for keys that are not the profile's."""
    layers: tuple[Layer, ...] = ()

    def section(self, name: str) -> Any:
        """The Settings of one control. KeyError for a section that does not exist."""
        return self.sections[name]


class _Combined:
    """A policy under construction: layers are laid over it one by one."""

    def __init__(self, kinds: Mapping[str, type], profile: str) -> None:
        self.kinds: Mapping[str, Any] = kinds
        self.profile = profile
        self.values: dict[str, dict[str, Any]] = {name: {} for name in kinds}
        self.origins: dict[str, str] = {}
        self.plugins: list[str] = []
        self.notices: list[str] = []

    def settings(self, name: str, extra: Mapping[str, Any] | None = None, profile: str | None = None) -> Any:
        base = self.kinds[name].of(profile or self.profile)
        values = {**self.values[name], **(extra or {})}
        return apply(base, values) if values else base

    def lay(self, layer: Layer) -> None:
        """A layer that is trusted: everything it says holds."""
        if layer.profile:
            self.profile = layer.profile
            self.origins["profile"] = layer.name
        self.plugins += [plugin for plugin in layer.plugins if plugin not in self.plugins]
        for name, values in layer.sections.items():
            self._set(name, values, layer)

    def tighten(self, layer: Layer) -> None:
        """A layer that is not trusted: only what tightens holds, the rest is said."""
        ignored = [f"plugins {', '.join(layer.plugins)}"] if layer.plugins else []
        if layer.profile and PROFILES.index(layer.profile) < PROFILES.index(self.profile):
            ignored.append(f'profile = "{layer.profile}"')
        elif layer.profile and layer.profile != self.profile:
            self.profile = layer.profile
            self.origins["profile"] = layer.name
        for name, values in layer.sections.items():
            kept = {key: value for key, value in values.items() if key != "recipients"}
            ignored += [f"{name}.recipients"] * (len(kept) < len(values))
            tight = self._tight(name, kept)
            ignored += [f"{name}.{key}" for key in kept if key not in tight]
            self._set(name, tight, layer)
        if ignored:
            remedy = " Read it, then: %mlsec policy trust" if layer.name == _PROJECT else ""
            self.notices.append(f"{layer.name} may only tighten, ignored: {'; '.join(ignored)}.{remedy}")

    def _tight(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """The keys among these that loosen nothing, alone or together."""
        base = self.settings(name)
        tight = dict(values)
        for _ in range(len(values) + 1):
            looser = self.settings(name, tight).loosened(base) if tight else ()
            if not looser:
                return tight
            named = [key for key in looser if key in tight]
            tight = {key: value for key, value in tight.items() if key not in named} if named else {}
        return {}

    def _set(self, name: str, values: Mapping[str, Any], layer: Layer) -> None:
        self.values[name].update(values)
        self.origins.update({f"{name}.{key}": layer.name for key in values})


def load(
    root: Path,
    data: Path,
    sections: Mapping[str, type],
    chosen: str | Path | None = None,
    *,
    previous: Policy | None = None,
    admin: Path | None = None,
) -> Policy:
    """Combine all layers into the policy in force. Never raises for a broken file: that is a notice.

    sections: each control's Settings type by section name. chosen: a profile or a policy file named by the user
    now; a PolicyError when that one cannot be followed. previous: the policy in force until now, whose layers
    stand in for files that broke since. admin: the administrator's file (default: Jupyter's system config path).
    """
    notices: list[str] = []
    old = {layer.path: layer for layer in previous.layers} if previous else {}
    admin_path = admin or _admin_file()
    ruling = _read(admin_path, "the administrator's policy", sections, notices, old, locks=True) if admin_path else None
    is_headless = admin_path is not None and ruling is None and bool(notices)
    user = _read(data / USER_FILE, "your policy", sections, notices, old)
    project = _project(root, data, sections, notices, old)
    wanted = _chosen(chosen, sections)

    combined = _Combined(sections, "guard")
    if ruling is not None:
        combined.lay(ruling)
    for layer in (user, project, wanted):
        if layer is not None:
            (combined.lay if layer.trusted and not is_headless else combined.tighten)(layer)
    if ruling is not None:
        _enforce(combined, ruling)
    used = tuple(layer for layer in (ruling, user, project, wanted) if layer is not None)
    return _policy(combined, used, ruling, (*notices, *combined.notices))


def _policy(combined: _Combined, used: tuple[Layer, ...], ruling: Layer | None, notices: tuple[str, ...]) -> Policy:
    import rfc8785

    settings = {name: combined.settings(name) for name in combined.kinds}
    locks = ruling.locks if ruling else {}
    off = tuple(sorted(name for name, lock in locks.items() if lock == "force-off"))
    effective: Any = {
        "profile": combined.profile,
        "sections": {name: msgspec.to_builtins(settings[name]) for name in sorted(settings)},
        "plugins": combined.plugins,
        "off": list(off),
    }
    return Policy(
        profile=combined.profile,
        sections=settings,
        digest=hashlib.sha256(rfc8785.dumps(effective)).hexdigest(),
        sources=tuple(f"{layer.name} ({Path(layer.path).name})" if layer.path else layer.name for layer in used),
        notices=notices,
        plugins=tuple(combined.plugins),
        off=off,
        locks=locks,
        origins=combined.origins,
        layers=used,
    )


def _read(
    path: Path,
    name: str,
    sections: Mapping[str, type],
    notices: list[str],
    old: Mapping[str, Layer],
    *,
    locks: bool = False,
) -> Layer | None:
    """A file's layer; when it broke, the one it had before, and a notice either way."""
    try:
        raw = read_bytes(path)
        return None if raw is None else parse(raw, path, name, sections, locks=locks)
    except PolicyError as error:
        before = old.get(str(path))
        stays = "what it said before" if before else "the default"
        notices.append(f"{name} was not followed, {stays} stays in force. {error}")
        return before


def _project(
    root: Path, data: Path, sections: Mapping[str, type], notices: list[str], old: Mapping[str, Layer]
) -> Layer | None:
    mark = root / places.MARK
    if not mark.exists():
        return None
    reason = places.distrusted(mark)
    if reason:
        notices.append(f"{places.MARK} of this project is not used: {reason}.")
        return None
    layer = _read(mark / USER_FILE, _PROJECT, sections, notices, old)
    if layer is None:
        return None
    return msgspec.structs.replace(layer, trusted=trust.is_trusted(layer.digest, data))


def _chosen(chosen: str | Path | None, sections: Mapping[str, type]) -> Layer | None:
    if chosen is None:
        return None
    name = "your choice for this run"
    if isinstance(chosen, str) and chosen in PROFILES:
        return Layer(name=name, path="", digest="", profile=chosen)
    path = Path(chosen)
    raw = read_bytes(path)
    if raw is None:
        known = ", ".join(PROFILES)
        raise PolicyError(f"{path.name} was not followed: there is no such file, and it is no profile ({known}).")
    return parse(raw, path, name, sections)


def _enforce(combined: _Combined, ruling: Layer) -> None:
    """Bring locked sections back to at least what the administrator says."""
    floor = ruling.profile or "guard"
    if ruling.locks.get("profile") == "force-on" and PROFILES.index(combined.profile) < PROFILES.index(floor):
        combined.notices.append(f'{ruling.name} holds the profile at "{floor}".')
        combined.profile = floor
        combined.origins["profile"] = ruling.name
    for name, lock in ruling.locks.items():
        if lock != "force-on" or name == "profile":
            continue
        own = ruling.sections.get(name, {})
        bound = apply(combined.kinds[name].of(floor), own)
        looser = combined.settings(name).loosened(bound)
        if looser:
            combined.notices.append(f"{ruling.name} holds {', '.join(f'{name}.{key}' for key in looser)}.")
            held = msgspec.to_builtins(bound)
            combined.values[name].update({key: held[key] for key in looser})
            combined.origins.update({f"{name}.{key}": ruling.name for key in looser})


def _admin_file() -> Path | None:
    """The administrator's file, from the first of Jupyter's system config folders that has one."""
    from jupyter_core.paths import SYSTEM_CONFIG_PATH

    return next((path for folder in SYSTEM_CONFIG_PATH if (path := Path(folder) / ADMIN_FILE).exists()), None)
