"""Model folders that would run something, never end, swell or are altered, at every door.

The folders are made by the rendered repo's own tests, from its candidate: see `FILES` and
`FOLDERS` in tests/packing/test_opening.py, and `KINDS` in tests/runtime/test_served_model.py.
Files that would run something leave the file `executed`.
"""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import copy_of
from tests.rendered import RenderedRepo
from tests.served import PATIENCE, Row, Service, python, serving

pytestmark = pytest.mark.slow

MAKE = """
import sys
sys.path[:0] = ["tests", "tests/packing", "tests/runtime"]
import json, pathlib, shutil, zipfile
import test_opening, test_served_model
from rain.packing import write_hashes

def copied():
    folder = pathlib.Path("models/attacks", str(len(made)))
    return pathlib.Path(shutil.copytree("models/candidate", folder))

made = []
for name, content in list(test_opening.FILES.items())[::3]:  # each is tried alone there
    folder = copied()
    (folder / "pipeline.skops").write_bytes(content)
    write_hashes(folder)
    made.append([name, "file"])
for name, change in test_opening.FOLDERS.items():
    change(copied())
    made.append([name, "folder"])
for name in ("a graph that never ends", "a graph that swells", "JSON nested without end"):
    change, _ = test_served_model.KINDS[name]
    folder = copied()
    change(folder)
    write_hashes(folder)
    made.append([name, "limit"])
folder = copied()
with zipfile.ZipFile(folder / "pipeline.skops", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
    with bomb.open("schema.json", "w", force_zip64=True) as file:
        for _ in range(1_500):
            file.write(bytes(1_000_000))
write_hashes(folder)
made.append(["a zip bomb of 1.5 GB", "file"])
print(json.dumps(made))
"""

# Each of some folders at each door, in one process: what a door says, if it refuses.
KNOCK = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from omegaconf import open_dict
from rain.app.page_state import page_state
from rain.data.tables import read_table
from rain.monitoring.drift import monitor
from rain.packing.opening import Loading
from rain.predict import predict
from rain.registry.gate import judge
from rain.runtime.served_model import load
from rain.serving.fetch import fetch
from rain.tools.config import composed
from rain.tools.errors import Refusal
from rain.tools.paths import TEST, TRAIN
from rain.tracking import Run
from rain.tracking.with_mlflow import log_run

RUNTIME = "serving.runtime=scikit-learn"
whole = composed([RUNTIME])
rows = read_table(TRAIN), read_table(TEST)

def configured(folder, **more):
    cfg = whole.copy()
    with open_dict(cfg):
        cfg.update(more)
        cfg.serving.model = str(folder)
    return cfg

def batch(folder):
    files = {"input": str(TEST), "output": "predictions.parquet", "chunk_rows": 1000}
    predict(configured(folder, **files))

def track(folder):
    log_run(Run(whole, {}, {}, folder, folder, {}, *rows), "attacks", "sqlite:///attacks.db")

DOORS = {
    "MLflow": track,
    "the gate, as a candidate": lambda folder: judge(folder, None, *rows, whole),
    "the service": lambda folder: load(folder, Loading(), "scikit-learn"),
    "batch predictions": batch,
    "drift": lambda folder: monitor(configured(folder)),
    "the app": lambda folder: page_state([f"serving.model={folder}", RUNTIME]),
    "an image": lambda folder: fetch(configured(folder, to="models/image")),
}
found = {}
for path, may_be_opened in json.loads(sys.argv[1]):
    found[path] = {}
    for name, door in DOORS.items():
        if may_be_opened and name == "an image":
            continue  # which only compares hashes; its service opens the folder
        try:
            door(Path(path))
        except Refusal as refusal:
            found[path][name] = str(refusal)
        else:
            found[path][name] = ""
print(json.dumps(found))
"""

PAGE = """
from rain.app.page_state import page_state
page_state(["serving.model=candidate", "serving.runtime=scikit-learn"])
"""


@pytest.fixture(scope="module")
def here(
    environment: Path, production: RenderedRepo, tmp_path_factory: pytest.TempPathFactory
) -> RenderedRepo:
    """Give a copy whose candidate these tests replace."""
    return copy_of(production, tmp_path_factory.mktemp("files"), environment)


@pytest.fixture(scope="module")
def attacks(here: RenderedRepo) -> dict[str, tuple[str, Path]]:
    """Make the folders: by its name the kind of an attack, and its folder."""
    made = here.run(*python(here, "-W", "ignore", "-c", MAKE)).stdout.splitlines()[-1]
    folder = here.path / "models" / "attacks"
    return {
        name: (kind, folder / str(number)) for number, (name, kind) in enumerate(json.loads(made))
    }


@pytest.fixture
def good(here: RenderedRepo) -> Iterator[Path]:
    """Give the candidate's folder, and put its former content back."""
    candidate, kept = here.path / "models" / "candidate", here.path / "models" / "kept"
    shutil.copytree(candidate, kept)
    yield candidate
    shutil.rmtree(candidate, ignore_errors=True)
    kept.rename(candidate)


def put(source: Path, target: Path) -> None:
    """Put a copy in a folder's place at once, links as they are."""
    new = target.with_name("new")
    shutil.copytree(source, new, symlinks=True)
    if target.exists():
        target.rename(target.with_name("former"))
    new.rename(target)
    shutil.rmtree(target.with_name("former"), ignore_errors=True)


def test_there_are_many_kinds(attacks: dict[str, tuple[str, Path]]) -> None:
    assert len(attacks) >= 25


@pytest.mark.parametrize(
    ("runtime", "kinds"), [("scikit-learn", ("file", "folder")), ("auto", ("limit",))]
)
def test_a_running_service_takes_up_none_and_the_next_good_one(
    runtime: str,
    kinds: tuple[str, ...],
    here: RenderedRepo,
    attacks: dict[str, tuple[str, Path]],
    good: Path,
    rows: list[Row],
) -> None:
    served = here.path / "models" / "attacked"
    put(good, served)
    chosen = {name: folder for name, (kind, folder) in attacks.items() if kind in kinds}
    seconds = 60 if runtime == "scikit-learn" else 10  # only a graph never ends
    options = ("serving.model=models/attacked", f"loading.seconds={seconds}")
    with serving(here, *options, f"serving.runtime={runtime}") as service:
        before = service.post(rows[0]).json["predictions"]
        for number, (name, folder) in enumerate(chosen.items(), 1):
            put(folder, served)
            wait_for(service, number)
            ready = service.get("/ready")
            assert ready.status == 200, name
            assert len(ready.json["refused"].splitlines()) == 1, name
            assert service.post(rows[0]).json["predictions"] == before, name
        put(good, served)
        wait_for(service, 0)
        assert service.post(rows[0]).json["predictions"] == before
    assert not (here.path / "executed").exists()


def wait_for(service: Service, refused: int) -> None:
    """Wait until so many folders were refused; with none, until the present one is not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not refused and "refused" not in service.get("/ready").json:
            return
        if refused and service.metric("model_reloads_total", result="refused") >= refused:
            return
        time.sleep(0.1)
    raise AssertionError(service.log)


DOORS = {
    "the gate": ("make", "promote"),
    "a service that starts with it": ("python", "-m", "rain.serving.fetch", "+to=models/image"),
    "batch predictions": (
        "python",
        "-m",
        "rain.predict",
        "input=data/processed/test.parquet",
        "output=predictions.parquet",
    ),
    "drift": ("python", "-m", "rain.monitoring.drift"),
    "the app": ("python", "-c", PAGE),
}
AT_THE_DOORS = {
    "the gate": "own function, called as a loss",
    "a service that starts with it": "a path that leads out",
    "batch predictions": "a graph that never ends",
    "drift": "a graph that swells",
    "the app": "JSON nested without end",
}


def test_no_door_lets_any_in(here: RenderedRepo, attacks: dict[str, tuple[str, Path]]) -> None:
    altered = [folder for kind, folder in attacks.values() if kind == "folder"]
    hashed = [folder for kind, folder in attacks.values() if kind == "file"][:3]
    asked = [(str(path), False) for path in altered] + [(str(path), True) for path in hashed]
    assert len(asked) >= 20
    done = here.run(*python(here, "-c", KNOCK, json.dumps(asked)))
    said = json.loads(done.stdout.splitlines()[-1])
    let_in = [(path, door) for path, doors in said.items() for door in doors if not doors[door]]
    assert let_in == []
    assert not (here.path / "attacks.db").exists()  # MLflow has no run of any
    assert {len(doors) for doors in said.values()} == {6, 7}
    assert not [text for doors in said.values() for text in doors.values() if "\n" in text]
    assert not (here.path / "executed").exists()


@pytest.mark.parametrize(("door", "name"), AT_THE_DOORS.items())
def test_it_is_refused_in_one_line(
    door: str,
    name: str,
    here: RenderedRepo,
    attacks: dict[str, tuple[str, Path]],
    good: Path,
) -> None:
    kind, folder = attacks[name]
    put(folder, good)
    words = DOORS[door]
    if words[0] == "python":
        words = tuple(python(here, *words[1:]))
        if words[1] == "-m":
            words += ("serving.model=candidate", "loading.seconds=6")
            if kind == "file":
                words += ("serving.runtime=scikit-learn",)
    done = here.run(*words, check=False)
    assert done.returncode != 0
    refusals = ("Refused: ", "rain.tools.errors.Refusal: ")
    assert sum(line.startswith(refusals) for line in done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr or door == "the app"
    assert not (here.path / "executed").exists()
