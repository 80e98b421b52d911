"""Compose params.yaml anew unless it is what conf/ gave: `make params`.

Hydra takes longer to import than DVC to see that nothing has changed, so this asks first whether
any of these files has.
"""

import hashlib
import sys
from pathlib import Path

from .paths import CONF, PARAMS

COMPOSED = Path(".dvc/tmp/composed.sha256")  # of conf/ and params.yaml, when they agreed


def compose_again() -> int:
    """Write params.yaml if conf/ or it has changed since they agreed.

    Returns:
        1 if conf/ can't be composed, which is said in one line; else 0.
    """
    if COMPOSED.exists() and COMPOSED.read_text(encoding="utf-8") == _digest():
        return 0
    from .config import compose_params

    if failed := compose_params([]):
        return failed
    COMPOSED.parent.mkdir(parents=True, exist_ok=True)
    COMPOSED.write_text(_digest(), encoding="utf-8")
    return 0


def _digest() -> str:
    """One hash of conf/ and params.yaml: each file's path and content."""
    whole = hashlib.sha256()
    for path in [*sorted(CONF.rglob("*.yaml")), PARAMS]:
        content = path.read_bytes() if path.exists() else b""
        whole.update(f"{path} {len(content)}\n".encode() + content)
    return whole.hexdigest()


if __name__ == "__main__":
    sys.exit(compose_again())
