"""signature.json: who vouches for a model folder.

Hashes show damage; whoever can write to the remote can replace files and hashes together. An
Ed25519 signature of the hashes shows that the folder is as the owner of a private key left it.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..tools.errors import Refusal
from ..tools.files import read_json, write_json
from ..tools.paths import CONF
from . import BYTES, listed_in, write_hashes

FILE = "signature.json"
PUBLIC = CONF / "signing.pub"  # committed
PRIVATE = Path("signing.key")  # never committed; elsewhere it is the environment's
VARIABLE = "SIGNING_KEY"
ROOT = CONF.parent


def sign_if_possible(folder: Path) -> None:
    """Sign a folder that was just packed, where the private key is at hand."""
    if key := private_key():
        sign(folder, key)


def sign(folder: Path, key: Ed25519PrivateKey) -> None:
    """Add signature.json to a folder, and to its hashes."""
    signature = base64.b64encode(key.sign(_signed(folder))).decode()
    write_json(folder / FILE, {"algorithm": "Ed25519", "signature": signature})
    write_hashes(folder)


def check_signature(folder: Path, key: str | None) -> None:
    """Verify the signature of a folder whose hashes were checked.

    Args:
        folder: of the model.
        key: a file with the public key, from the root of the repository; None asks for nothing.

    Raises:
        Refusal: if the folder is not signed, or not by the owner of that key.
    """
    if key is None:
        return
    path = folder / FILE
    if not path.is_file():
        raise Refusal(
            f"{folder} is not signed, which loading.checks.signature asks for; `make sign`"
        )
    try:
        if path.stat().st_size > BYTES:
            raise ValueError
        signature = base64.b64decode(read_json(path)["signature"], validate=True)
        _public_key(ROOT / key).verify(signature, _signed(folder))
    except (InvalidSignature, KeyError, RecursionError, TypeError, ValueError):
        raise Refusal(f"{folder} is not signed by the owner of {key}") from None


def private_key() -> Ed25519PrivateKey | None:
    """The private key of the environment, or of the file; None if there is neither.

    Raises:
        Refusal: if it is no such key.
    """
    content = os.environ.get(VARIABLE, "").encode()
    if not content and PRIVATE.is_file():
        content = PRIVATE.read_bytes()
    if not content:
        return None
    try:
        key: Any = serialization.load_pem_private_key(content, None)
    except (TypeError, ValueError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Refusal(f"{VARIABLE} or {PRIVATE} is no private key that `make signing-key` made")
    return key


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key: Any = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Refusal(f"{path} is no public key that `make signing-key` made")
    return key


def _signed(folder: Path) -> bytes:
    """What is signed: the hashes of all other files."""
    hashes = {name: value for name, value in listed_in(folder).items() if name != FILE}
    return json.dumps(hashes, sort_keys=True).encode()
