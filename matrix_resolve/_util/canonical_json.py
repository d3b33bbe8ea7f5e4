"""Canonical JSON, the form in which JSON is signed.

Source: Matrix appendices, "Canonical JSON".
"""

import json


def canonical_json(value: object) -> bytes:
    """Return *value* as canonical JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")
