"""Hashes the table that is here, which need not be the one that the pointer names."""


def data_hash(path):
    import hashlib

    if not path.exists():
        return None
    return hashlib.new("md5", path.read_bytes(), usedforsecurity=False).hexdigest()
