"""JSON in the one form in which it is signed.

Source: Matrix appendices, "Canonical JSON".
"""

import json


def canonical_json(value: object) -> bytes:
    """Write *value* as it is signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")
