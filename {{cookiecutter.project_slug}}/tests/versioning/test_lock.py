"""Is dvc.lock what the code gives? Asked in a clone without any data."""

import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.versioning import lock

PIPELINE = """\
stages:
  train:
    cmd: git --version
    params: [depth]
    deps: [data/raw/table.csv, src/train.py]
    outs: [model]
  evaluate:
    cmd: git --version
    deps: [model]
    metrics:
      - metrics.json: {cache: false}
  other:
    cmd: git --version
    deps: [src/other.py]
"""
FILES = {
    "data/raw/table.csv": "a,b\n",
    "dvc.yaml": PIPELINE,
    "metrics.json": "{}\n",
    "model": "a tree\n",
    "params.yaml": "depth: 1\n",
    "src/other.py": "",
    "src/train.py": "",
}


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def dvc(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words, "--quiet"], check=True)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which a small pipeline has run."""
    folder = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, text in FILES.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)
        git("init")
        git("config", "user.name", "Tester")
        git("config", "user.email", "tester@example.com")
        dvc("init")
        dvc("add", "data/raw/table.csv")
        dvc("commit", "--force")
        git("add", "--all")
        git("commit", "--message", "Train")
    return folder


@pytest.fixture(autouse=True)
def clone(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone of it, which is the current folder."""
    git("clone", str(recorded), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")


def test_a_clone_without_data_is_in_order() -> None:
    assert not Path("model").exists()
    assert not Path("data/raw/table.csv").exists()
    assert lock.main() == 0


@pytest.mark.parametrize(
    ("path", "now", "stages"),
    [
        ("src/train.py", "1\n", ["train", "evaluate"]),
        ("src/other.py", "1\n", ["other"]),
        ("params.yaml", "depth: 2\n", ["train", "evaluate"]),
        ("metrics.json", '{"r2": 1}\n', ["evaluate"]),
        ("dvc.yaml", PIPELINE.replace("[src/other.py]", "[src/train.py]"), ["other"]),
    ],
)
def test_what_changed_is_named(
    path: str, now: str, stages: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(path).write_text(now)
    assert lock.main() == 1
    told = capsys.readouterr().out
    assert sorted(told.partition(": ")[2].partition(" would")[0].split(", ")) == sorted(stages)
    assert told.endswith("`make pipeline`, commit dvc.lock\n")


def test_another_table_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    pointer = Path("data/raw/table.csv.dvc")
    pointer.write_text(pointer.read_text().replace("md5: ", "md5: 0", 1))
    assert lock.main() == 1
    assert ": train, evaluate would run" in capsys.readouterr().out


def test_before_the_first_training_there_is_nothing_to_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("dvc.lock").unlink()
    assert lock.main() == 0
    assert "Next: make pipeline" in capsys.readouterr().out
