"""What `%mlsec policy show | trust | check` answer: text for people and data for `--json`, nothing printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.host import places
from jupyter_mlsec.policy import lists, trust
from jupyter_mlsec.policy.layer import parse, read_bytes
from jupyter_mlsec.policy.policy import USER_FILE, Policy, load
from jupyter_mlsec.protocol.errors import PolicyError


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A verb's answer: lines, the same as builtins, and whether all is well."""

    text: str
    data: dict[str, Any]
    ok: bool = True


def show(policy: Policy) -> Report:
    """The policy in force: every setting, who set it, and what was ignored."""
    lines = [f"profile {policy.profile} ({policy.origins.get('profile', 'default')}), digest {policy.digest[:8]}"]
    for name, settings in policy.sections.items():
        is_off = " is off (the administrator)" if name in policy.off else ""
        lines.append(f"[{name}]{is_off}")
        for key, value in msgspec.to_builtins(settings).items():
            origin = policy.origins.get(f"{name}.{key}")
            lines.append(f"  {key} = {_toml(value)}" + (f"   # {origin}" if origin else ""))
    lines += [f"! {notice}" for notice in policy.notices]
    data = {
        "profile": policy.profile,
        "digest": policy.digest,
        "sections": msgspec.to_builtins(policy.sections),
        "origins": policy.origins,
        "sources": list(policy.sources),
        "notices": list(policy.notices),
        "plugins": list(policy.plugins),
        "off": list(policy.off),
    }
    return Report(text="\n".join(lines), data=data)


def trust_project(root: Path, data: Path, sections: Mapping[str, type]) -> Report:
    """Approve the project's policy and its lists of readers as they are now. The answer lists what that changes."""
    path = root / places.MARK / USER_FILE
    raw = read_bytes(path)
    if path.parent.exists() and (reason := places.distrusted(path.parent)):
        raise PolicyError(f"Nothing was trusted: {places.MARK} is not used, {reason}.")
    if raw is None:
        listed = lists.approve_all(root, data)
        if not listed:
            new = "no list of readers that is not trusted already"
            raise PolicyError(f"Nothing was trusted: this project has no {places.MARK}/{USER_FILE}, and {new}.")
        return Report(text="\n".join(listed), data={"digest": "", "changes": listed})
    parse(raw, path, "the project's policy", sections)
    before = load(root, data, sections)
    digest = trust.trust(path, data, trust.digest_of(raw))
    after = load(root, data, sections)
    changes = _changes(before, after) + lists.approve_all(root, data)
    lines = [f"{places.MARK}/{USER_FILE} is trusted as it is now ({digest[:8]}); an edit ends that."]
    lines += [f"  {change}" for change in changes] or ["  It changes nothing that was not in force already."]
    return Report(text="\n".join(lines), data={"digest": digest, "changes": changes})


def check(path: Path, sections: Mapping[str, type], *, admin: bool = False) -> Report:
    """Whether a policy file can be followed; if not, its file, line and key."""
    try:
        raw = read_bytes(path)
        if raw is None:
            raise PolicyError(f"{path.name}: there is no such file.")
        layer = parse(raw, path, path.name, sections, locks=admin)
    except PolicyError as error:
        return Report(text=str(error), data={"ok": False, "problem": str(error)}, ok=False)
    said = sum(map(len, layer.sections.values())) + (layer.profile is not None)
    text = f"{path.name} can be followed: profile {layer.profile or 'not set'}, {said} settings."
    return Report(text=text, data={"ok": True, "profile": layer.profile, "digest": layer.digest})


def _changes(before: Policy, after: Policy) -> list[str]:
    pairs = [("profile", before.profile, after.profile)]
    for name in after.sections:
        old, new = msgspec.to_builtins(before.section(name)), msgspec.to_builtins(after.section(name))
        pairs += [(f"{name}.{key}", old[key], new[key]) for key in new]
    changed = [f"{key}: {_toml(old)} -> {_toml(new)}" for key, old, new in pairs if old != new]
    fresh = [plugin for plugin in after.plugins if plugin not in before.plugins]
    return changed + [f"plugin {plugin} may run" for plugin in fresh]


def _toml(value: Any) -> str:
    return msgspec.json.encode(value).decode()
