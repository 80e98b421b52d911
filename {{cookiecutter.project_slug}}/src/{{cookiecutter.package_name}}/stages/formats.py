"""Find, once, how the raw table is written, and keep it in conf/data/: a step of `make schema`."""

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from ..data.cell_formats import explained, find_formats, missing_texts, options_of
from ..data.tables import read_raw
from ..tools.config import PARAMS, composed
from ..tools.errors import Refusal
from ..tools.files import write_text
from ..tools.paths import CONF

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*")

log = logging.getLogger(__name__)


def keep_formats(data: DictConfig) -> DictConfig:
    """Find how the raw table's cells are written, and add that to its file in conf/data/.

    What stands there stays: a column that is named in `cells` is not looked at again. A table
    that a notebook reads has no `cells`, and is read as the notebook does.

    Args:
        data: the `data` group.

    Returns:
        The group, with what was found.

    Raises:
        Refusal: if the table can't be read, or may be read in two ways.
    """
    if data.get("cells") is None or data.get("na_values") is None:
        return data
    table = read_raw(data)
    # Classes stay words, whatever they look like.
    words = [data.target] if data.task == "classification" else []
    looked_at = table.drop(columns=[name for name in words if name in table])
    missing = [text for text in missing_texts(looked_at) if text not in data.na_values]
    if missing:
        data = _with(data, na_values=[*data.na_values, *missing])
        looked_at = read_raw(data)[list(looked_at)]
    known = [str(name) for name in data.cells]
    found = find_formats(looked_at, data.na_values, known, data.read.get("decimal", "."))
    options = {name: options_of(cells) for name, cells in found.cells.items()}
    data = _with(data, cells={**_plain(data.cells), **options})
    if missing or options:
        path = file_of(data)
        write_text(path, with_formats(path.read_text(encoding="utf-8"), data))
        if PARAMS.exists():
            GlobalHydra.instance().clear()  # this command is composed already
            write_text(PARAMS, OmegaConf.to_yaml(composed()))
        if missing:
            log.info("%s: %s means a missing value", path, ", ".join(map(repr, missing)))
        for name, cells in found.cells.items():
            log.info("%s: %s is read as %s", path, name, explained(cells))
    if found.doubts:
        rest = f" (and {len(found.doubts) - 1} more)" if len(found.doubts) > 1 else ""
        raise Refusal(f"{found.doubts[0]} in {file_of(data)}{rest}")
    return data


def file_of(data: DictConfig) -> Path:
    """The file in conf/data/ that names the table.

    Raises:
        Refusal: if there is none.
    """
    for path in sorted((CONF / "data").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and content.get("path") == data.path:
            return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    raise Refusal(f"no file in {CONF / 'data'} has the path {data.path}; write it into one")


def with_formats(text: str, data: DictConfig) -> str:
    """The text of a file of conf/data/ with other `na_values` and `cells`; all else stays.

    Args:
        text: of the file.
        data: the group, with them.
    """
    cells = _plain(data.cells)
    lines = [f"  {_key(name)}: {_flow(options)}\n" for name, options in cells.items()]
    text = re.sub(
        r"^na_values:[^#\n]*(#.*)?\n(?:[ \t-].*\n)*",
        lambda m: f"na_values: {_flow(list(data.na_values))}{_behind(m[1])}\n",
        text,
        count=1,
        flags=re.M,
    )
    return re.sub(
        r"^cells:[^#\n]*(#.*)?\n(?:[ \t].*\n)*",
        lambda m: f"cells:{_behind(m[1])}\n{''.join(lines)}" if lines else m[0],
        text,
        count=1,
        flags=re.M,
    )


def _with(data: DictConfig, **changes: Any) -> DictConfig:
    return OmegaConf.create({**_plain(data), **changes})


def _plain(group: DictConfig) -> dict[str, Any]:
    return cast(dict[str, Any], OmegaConf.to_container(group, resolve=True))


def _behind(comment: str | None) -> str:
    return f" {comment}" if comment else ""


def _key(name: Any) -> str:
    """A column's name as a key of YAML."""
    plain = _PLAIN_NAME.fullmatch(str(name)) and yaml.safe_load(str(name)) == name
    return str(name) if plain else json.dumps(str(name), ensure_ascii=False)


def _flow(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, Mapping):
        pairs = [f"{_key(name)}: {_flow(each)}" for name, each in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return json.dumps(value, ensure_ascii=False)
