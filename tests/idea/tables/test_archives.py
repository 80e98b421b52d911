"""Tables in compressed files and archives beside the notebook."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from idea.tables import NoData, Source, archives, as_file, find_file, summarize

TABLE = b"a,b\n1,x\n2,y\n"


def zipped(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def tarred(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def found(tmp_path: Path, written: str) -> Path:
    path = find_file(Source(written, "csv"), tmp_path / "idea.ipynb")
    assert path.read_bytes() == TABLE
    return path


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
@pytest.mark.parametrize("written", ["t.csv{}", "t.csv", "elsewhere/t.csv{}"])
def test_a_compressed_table(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], written: str
) -> None:
    (tmp_path / f"t.csv{suffix}").write_bytes(pack(TABLE))
    path = found(tmp_path, written.format(suffix))
    assert path.name == "t.csv"
    assert summarize(path, as_file(Source(written, "csv"), path)).columns == ("a", "b")


@pytest.mark.parametrize("write", [zipped, tarred])
@pytest.mark.parametrize("written", ["t.csv", "some/t.csv", "T.csv"])
def test_a_table_in_an_archive(tmp_path: Path, write: Callable[..., None], written: str) -> None:
    name = "all.zip" if write is zipped else "all.tgz"
    write(tmp_path / name, {"some/other.csv": b"c\n1\n", "some/t.csv": TABLE})
    assert found(tmp_path, written).name == "t.csv"


def test_an_archive_that_is_read_holds_one_table(tmp_path: Path) -> None:
    zipped(tmp_path / "t.zip", {"readme.md": b"", "__MACOSX/._t.csv": b"", "t.csv": TABLE})
    assert found(tmp_path, "t.zip").name == "t.csv"
    zipped(tmp_path / "two.zip", {"t.csv": TABLE, "u.csv": TABLE})
    with pytest.raises(NoData, match=r"two\.zip holds 2 tables; unpack it") as refusal:
        find_file(Source("two.zip", "csv"), tmp_path / "idea.ipynb")
    assert "\n" not in str(refusal.value)


def test_a_plain_file_comes_before_an_archive(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TABLE)
    zipped(tmp_path / "a.zip", {"t.csv": b"c\n1\n"})
    assert found(tmp_path, "t.csv") == tmp_path / "t.csv"


def test_a_broken_archive_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "other.zip").write_bytes(b"no zip")
    with pytest.raises(NoData, match=r"t\.csv\.gz can't be unpacked \(.*\); unpack it") as refusal:
        find_file(Source("t.csv.gz", "csv"), tmp_path / "idea.ipynb")
    assert "\n" not in str(refusal.value)


def test_a_table_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MOST_BYTES", 5)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(TABLE))
    with pytest.raises(NoData, match="more than 2 GB"):
        find_file(Source("t.csv.gz", "csv"), tmp_path / "idea.ipynb")
