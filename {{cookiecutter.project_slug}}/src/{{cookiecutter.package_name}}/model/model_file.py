"""A fitted pipeline as a file that runs no stranger's code when it is opened.

The format is skops: a zip of JSON and NumPy arrays. Only what `trusted_types` lists is ever made
from such a file.
"""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import skops.io
from sklearn.pipeline import Pipeline

from ..tools.errors import Refusal
from ..tools.files import replacing
{%- if cookiecutter.__encoders %}
from .encoders import hold_tables
{%- endif %}
from .trusted_types import distrusted

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold


def save_pipeline(pipeline: Pipeline, path: Path) -> None:
    """Write a pipeline; the same pipeline always gives the same bytes.

    Raises:
        Refusal: if it holds a type that `load_pipeline` would not make.
    """
    content = _canonical(skops.io.dumps({{ "hold_tables(pipeline)" if cookiecutter.__encoders else "pipeline" }}))
    trusted_types(content, path)
    with replacing(path) as new:
        new.write_bytes(content)


def load_pipeline(path: Path) -> Pipeline:
    """Read a pipeline. What comes from elsewhere is opened by `packing.opening` instead.

    Raises:
        Refusal: if the file is missing, damaged, or holds types that are not trusted.
    """
    if not path.exists():
        raise Refusal(f"{path} is not there; run `make pipeline`")
    content = path.read_bytes()  # once: what was checked is what is opened
    trusted = trusted_types(content, path)
    try:
        return skops.io.loads(content, trusted=trusted)
    except MemoryError:
        raise
    except Exception as error:  # whatever a strange file makes of a library
        raise _damaged(path, error) from None


def pipeline_of(folder: Path) -> Pipeline:
    """The pipeline of a model folder, for `packing.opening`."""
    return load_pipeline(folder / "pipeline.skops")


def trusted_types(content: bytes, path: Path) -> list[str]:
    """The types in a file's content beyond those that skops trusts by itself.

    Args:
        content: of the file.
        path: for messages.

    Raises:
        Refusal: if this repository does not trust them either, or the content is damaged.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) < len(names):
                raise BadZipFile("two files of one name")
            if any(each.compress_type != ZIP_STORED for each in archive.infolist()):
                raise BadZipFile("compressed, which a model file never is")
            schema = json.loads(archive.read("schema.json"))
        found = skops.io.get_untrusted_types(data=content)
    except Exception as error:
        raise _damaged(path, error) from None
    if strange := distrusted(schema, found):
        raise Refusal(
            f"{path} holds types that are not trusted: {', '.join(sorted(strange))}; "
            f"if you know what they do, add them to {distrusted.__module__}"
        )
    return list(found)


def _damaged(path: Path, error: Exception) -> Refusal:
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return Refusal(f"{path} is damaged ({reason}); `dvc checkout` brings it back")


def _canonical(content: bytes) -> bytes:
    """The same archive without what differs by chance: memory addresses, random names, dates."""
    source = ZipFile(BytesIO(content))
    numbers: dict[str, int] = {}

    def number(name: str) -> int:
        return numbers.setdefault(name, len(numbers))

    def renamed(node: Any) -> Any:
        if isinstance(node, list):
            return [renamed(child) for child in node]
        if not isinstance(node, dict):
            return node
        changed = {key: renamed(child) for key, child in node.items()}
        if "__id__" in node:
            changed["__id__"] = number(str(node["__id__"]))
        if isinstance(node.get("file"), str):
            stem, _, suffix = node["file"].rpartition(".")
            changed["file"] = f"{number(stem)}.{suffix}"
        return changed

    schema = renamed(json.loads(source.read("schema.json")))
    files = {"schema.json": json.dumps(schema, indent=1).encode()}
    for name in source.namelist():
        stem, _, suffix = name.rpartition(".")
        if name != "schema.json":
            files[f"{number(stem)}.{suffix}"] = _without_padding(source.read(name), suffix)
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(ZipInfo(name, EPOCH), data)
    return target.getvalue()


def _without_padding(data: bytes, suffix: str) -> bytes:
    """A structured array's bytes with zeros between its fields, where memory may hold anything."""
    if suffix != "npy":
        return data
    array = np.load(BytesIO(data), allow_pickle=False)
    if array.dtype.names is None:
        return data
    body = bytearray(array.nbytes)
    clean = np.ndarray(array.shape, array.dtype, buffer=body)
    for field in array.dtype.names:
        clean[field] = array[field]
    return data[: -len(body)] + body
