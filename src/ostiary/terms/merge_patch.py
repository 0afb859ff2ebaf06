"""JSON merge patch (RFC 7396)."""

from typing import Any


def patched(target: Any, patch: Any) -> Any:
    """The target after a JSON merge patch (§2): null takes a member away."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = patched(merged.get(name), value)
    return merged
