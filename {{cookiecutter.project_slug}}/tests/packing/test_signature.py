"""Where a signature is asked for, only a folder that the owner of the key signed is opened."""

import json
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.packing import digest, signature, write_hashes
from {{ cookiecutter.package_name }}.packing.opening import Loading, check_folder
from {{ cookiecutter.package_name }}.registry import sign
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import sampled


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a pair of keys, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(signature.VARIABLE, raising=False)
    monkeypatch.setattr(signature, "ROOT", tmp_path)
    monkeypatch.setattr(sign, "PUBLIC", tmp_path / "signing.pub")
    sign.new_keys()
    return tmp_path


@pytest.fixture
def folder(trained: Path, keys: Path) -> Path:
    """A signed model folder."""
    made = Path(shutil.copytree(trained / paths.CANDIDATE, keys / "model"))
    signature.sign_if_possible(made)
    return made


def required(key: str = "signing.pub") -> Loading:
    """Settings as the configuration gives them that asks for a signature."""
    cfg = sampled(f"loading.checks.signature.key={key}")
    return Loading.of(cfg)


def test_a_signed_folder_is_opened(folder: Path) -> None:
    check_folder(folder, required())
    check_folder(folder, Loading.of(sampled()))


def altered(folder: Path) -> None:
    (folder / "metrics.json").write_text("{}", encoding="utf-8")
    write_hashes(folder)


def signed_by_another(folder: Path) -> None:
    Path("signing.pub").rename("former.pub")
    Path("signing.key").unlink()
    sign.new_keys()
    signature.sign_if_possible(folder)
    Path("signing.pub").unlink()
    Path("former.pub").rename("signing.pub")


def unsigned(folder: Path) -> None:
    (folder / signature.FILE).unlink()
    write_hashes(folder)


def writing(content: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / signature.FILE).write_text(content, encoding="utf-8")
        write_hashes(folder)

    return change


@pytest.mark.parametrize(
    "change",
    [
        altered,
        signed_by_another,
        unsigned,
        writing(""),
        writing("[]"),
        writing("[" * 100_000),
        writing(json.dumps({"signature": "AAAA"})),
        writing(json.dumps({"signature": 7})),
    ],
)
def test_any_other_folder_is_refused(change: Callable[[Path], None], folder: Path) -> None:
    change(folder)
    with pytest.raises(Refusal, match="is not signed"):
        check_folder(folder, required())
    check_folder(folder, Loading.of(sampled()))  # nobody asked


def test_a_key_that_is_none_is_refused(folder: Path) -> None:
    Path("none.pub").write_text("no key", encoding="utf-8")
    for key in ("none.pub", "nowhere.pub"):
        with pytest.raises(Refusal, match=f"{key} is no public key"):
            check_folder(folder, required(key))
    Path("signing.key").write_text("no key", encoding="utf-8")
    with pytest.raises(Refusal, match="is no private key"):
        signature.sign_if_possible(folder)


def test_keys_are_made_once_and_the_private_one_is_for_its_owner(keys: Path) -> None:
    with pytest.raises(Refusal, match="is there"):
        sign.new_keys()
    if sys.platform != "win32":
        assert stat.S_IMODE(Path("signing.key").stat().st_mode) == 0o600


def test_the_environment_has_a_key_or_nothing_is_signed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(signature.VARIABLE, Path("signing.key").read_text(encoding="utf-8"))
    Path("signing.key").unlink()
    before = digest(folder)
    signature.sign_if_possible(folder)
    assert digest(folder) == before  # the same content, the same signature
    monkeypatch.delenv(signature.VARIABLE)
    unsigned(folder)
    signature.sign_if_possible(folder)
    assert not (folder / signature.FILE).exists()


@pytest.mark.slow
def test_the_candidate_is_signed_and_recorded(keys: Path, repo: Path) -> None:
    shutil.copy(keys / "signing.key", "signing.key")
    locked = Path("dvc.lock").read_text(encoding="utf-8")
    sign.sign_candidate()
    check_folder(paths.CANDIDATE, required(str(keys / "signing.pub")))
    assert Path("dvc.lock").read_text(encoding="utf-8") != locked
    (paths.CANDIDATE / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Refusal, match="not as it was packed"):
        sign.sign_candidate()
