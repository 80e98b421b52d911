"""`make fetch`: the newest raw table that there is, on this machine."""

import os
from pathlib import Path
from typing import Any

import yaml
from dvc.repo import Repo
from omegaconf import DictConfig

from ..data.tables import is_here
{%- if cookiecutter.__data_url %}
from ..database.snapshot import take
{%- endif %}
from ..tools.command import command
from ..tools.dvc import Broke, dvc, remote
from ..tools.errors import Refusal

KEEP_ELSEWHERE = "`make remote URL=…` where they are, commit .dvc/config, `make push`"


class Elsewhere(Refusal):
    """A needed file is on another machine, and no way to bring it here is set up."""


def fetch(cfg: DictConfig) -> None:
    """Bring the raw table.

    Raises:
        Refusal: if it can't be brought.
    """
    print(_fetch_table(cfg.data))


def refuse_elsewhere(because: str) -> None:
    """See that what DVC keeps can come to this machine.

    Raises:
        Elsewhere: if its remote is a folder of another machine, here not there or empty.
    """
    folder = _folder_of_remote(because)
    if folder is not None and not (folder.is_dir() and any(folder.iterdir())):
        raise Elsewhere(
            f"{because}, and DVC's remote is a folder of another machine; {KEEP_ELSEWHERE}"
        )


def refuse_to_lose() -> None:
    """On a machine that is thrown away, see that what is made can leave it.

    Raises:
        Elsewhere: if DVC's remote is a folder that would go with it.
    """
    if os.environ.get("CI"):
        because = "what is made here has to leave this machine"
        folder = _folder_of_remote(because)
        if folder is not None and not folder.is_dir():
            raise Elsewhere(f"{because}, and DVC's remote is a folder of another; {KEEP_ELSEWHERE}")


def _folder_of_remote(because: str) -> Path | None:
    """The folder that DVC's remote is, if it is one.

    Raises:
        Elsewhere: if there is no remote.
    """
    found = remote()
    if found is None:
        raise Elsewhere(f"{because}, and DVC has no remote; {KEEP_ELSEWHERE}")
    return Path(found.url) if found.is_folder else None


def _fetch_table(data: DictConfig) -> str:
    if data.format == "sklearn":
        return f"{data.path} comes with scikit-learn"
    path, pointer = Path(data.path), Path(f"{data.path}.dvc")
{%- if cookiecutter.__data_url %}
    if data.source:
        if pointer.exists():
            _is_to_come(path, pointer)  # refuses to lose rows
        return take(data)
{%- endif %}
    if not pointer.exists():
        if is_here(data):
            return f"{path} is here, and DVC does not keep it: `dvc add {path}`"
        raise Refusal(f"{path} is not there, nor {pointer}; put it there, then `dvc add {path}`")
    is_to_come = _is_to_come(path, pointer)
    if "deps" in _read(pointer):
        dvc("update", pointer.as_posix())
        return f"{path} is what its source holds now"
    if is_to_come:
        _pull(path, pointer)
    said = "was brought" if is_to_come else "is here"
    return (
        f"{path} {said}. It has no source: `dvc import-url --force URL {path}` gives it one, from "
        "which newer rows can come"
    )


def _is_to_come(path: Path, pointer: Path) -> bool:
    """Return whether the table that the pointer names is missing here.

    Raises:
        Refusal: if rows that DVC does not keep would be lost for it.
    """
    with Repo() as repo:
        (out,) = repo.stage.collect(pointer.as_posix())[0].outs
        if not out.exists:
            return True
        if not out.changed_checksum():
            return False
        if not out.cache.exists(out.get_hash().value):
            raise Refusal(f"{path} is not what {pointer} names; `dvc add {path}` and commit, first")
        return True


def _pull(path: Path, pointer: Path) -> None:
    try:
        dvc("pull", "--force", pointer.as_posix())
    except Broke as error:
        refuse_elsewhere(f"{path} is not here")
        raise Refusal(
            f"{path} can't be brought ({error}); `dvc push` where it is, or see `dvc remote list`"
        ) from None


def _read(pointer: Path) -> Any:
    return yaml.safe_load(pointer.read_text(encoding="utf-8"))


main = command(fetch)

if __name__ == "__main__":
    main()
