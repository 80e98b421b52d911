"""`make sign`: vouch for the candidate. `make signing-key`: make a pair of keys for that."""

import os
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..packing import check_hashes
from ..packing.signature import PRIVATE, PUBLIC, VARIABLE, private_key, sign
from ..tools.dvc import dvc
from ..tools.errors import Refusal
from ..tools.paths import CANDIDATE


def new_keys() -> None:
    """Make a pair of keys.

    Raises:
        Refusal: if there is one.
    """
    for path in (PUBLIC, PRIVATE):
        if path.exists():
            raise Refusal(f"{path} is there; models that it signed need it, so move it yourself")
    key = Ed25519PrivateKey.generate()
    with os.fdopen(os.open(PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    PUBLIC.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    print(f"{PRIVATE} is secret; keep it safe. Next: commit conf/{PUBLIC.name}, make sign")


def sign_candidate() -> None:
    """Sign models/candidate, and have dvc.lock name it as it is then.

    Raises:
        Refusal: if there is no key, or the candidate is not what the pipeline left.
    """
    key = private_key()
    if key is None:
        raise Refusal(f"there is no {PRIVATE}, and {VARIABLE} is not set; run `make signing-key`")
    check_hashes(CANDIDATE)
    dvc("status", "--quiet", "candidate")
    sign(CANDIDATE, key)
    dvc("commit", "--quiet", "--force", "candidate")
    print(f"{CANDIDATE} is signed. Next: git commit dvc.lock -m 'Sign', then make promote")


def main() -> None:
    """Sign the candidate, or make keys: `python -m … keys`."""
    try:
        new_keys() if sys.argv[1:] == ["keys"] else sign_candidate()
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")


if __name__ == "__main__":
    main()
