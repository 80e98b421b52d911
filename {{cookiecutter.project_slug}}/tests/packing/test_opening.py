"""A model folder that is not what it was packed as, or would run something, is not opened."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest
import skops.io
from omegaconf import OmegaConf
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from {{ cookiecutter.package_name }}.model import model_file, trusted_types
from {{ cookiecutter.package_name }}.packing import BYTES, FILE, NOTE, opening, write_hashes
from {{ cookiecutter.package_name }}.packing.opening import Loading, open_pipeline
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import sha256

PACKAGE = "{{ cookiecutter.package_name }}"
Node = dict[str, Any]


def node(loader: str, name: str, **fields: Any) -> Node:
    """A node of a skops file."""
    module, _, of_class = name.rpartition(".")
    return {"__loader__": f"{loader}Node", "__module__": module, "__class__": of_class, **fields}


def value(content: Any) -> Node:
    return node("Json", "builtins.str", content=json.dumps(content))


def sequence(*items: Node, loader: str = "Tuple", name: str = "builtins.tuple") -> Node:
    return node(loader, name, content=list(items))


def mapping(
    items: Node | None = None, name: str = "builtins.dict", key: str = "builtins.str"
) -> Node:
    known = items or {}
    keys = sequence(*[node("Type", key)] * len(known), loader="List", name="builtins.list")
    return node("Dict", name, content=known, key_types=keys)


def holding(**fields: Node) -> Node:
    """A trusted transformer with attributes of the file's choice."""
    name = "sklearn.preprocessing._function_transformer.FunctionTransformer"
    return node("Object", name, content=mapping(fields))


def written(root: Node, *more: tuple[str, bytes], compression: int = ZIP_STORED) -> bytes:
    """A skops file."""
    schema = json.dumps({"protocol": 2, "_skops_version": "0", **root})
    return zipped(schema.encode(), *more, compression=compression)


def zipped(schema: bytes, *more: tuple[str, bytes], compression: int = ZIP_STORED) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", compression) as archive:
        for name, content in (("schema.json", schema), *more):
            archive.writestr(name, content)
    return target.getvalue()


def array(shape: str) -> bytes:
    """A file of NumPy that says how large it is, and holds nothing."""
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % shape  # noqa: UP031
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


def pickled() -> bytes:
    content = BytesIO()
    np.save(content, np.array([os.getcwd], dtype=object), allow_pickle=True)
    return content.getvalue()


GIT = f"{PACKAGE}.tools.git.git"  # runs whatever an alias says
SHELL = sequence(*map(value, ("-c", "alias.x=!echo > executed", "x")))
CALL = {"__reduce__": {"args": SHELL}, "content": mapping()}
NUMPY = {"type": "numpy", "file": "1.npy"}
FILES: dict[str, bytes] = {
    "own function, called as a loss": written(node("Loss", GIT, **CALL)),
    "own function, called as a constructor": written(
        node("ConstructorFromReduce", GIT, content=SHELL)
    ),
    "own function, called as a list": written(sequence(*SHELL["content"], loader="List", name=GIT)),
    "own function, called as a dictionary": written(mapping(name=GIT)),
    "own function, called with keys": written(mapping({"version": value(1)}, key=GIT)),
    "own function, called as an array": written(
        node("NdArray", GIT, **NUMPY), ("1.npy", array("(0,)"))
    ),
    "own function, held by a transformer": written(holding(func=node("Function", GIT))),
    "own function, partly applied": written(
        node(
            "Partial",
            "functools.partial",
            content={
                "func": node("Function", GIT),
                "args": SHELL,
                "kwds": mapping(),
                "namespace": mapping(),
            },
        )
    ),
    "own class that is no estimator": written(node("Object", f"{PACKAGE}.steps.Learned")),
    "own estimator, called": written(
        node("ConstructorFromReduce", f"{PACKAGE}.features.Features", content=SHELL)
    ),
    "score function, called": written(
        node("Loss", "sklearn.feature_selection._univariate_selection.chi2", **CALL)
    ),
    "function of the system": written(holding(func=node("Function", "os.system"))),
    "function that evaluates": written(holding(func=node("Type", "builtins.eval"))),
    "method": written(node("Method", "builtins.str", content={"func": "format", "obj": value("")})),
    "method by its name": written(node("OperatorFunc", "operator.methodcaller", attrs=SHELL)),
    "process": written(node("ConstructorFromReduce", "subprocess.Popen", content=SHELL)),
    "function of an older format": written(
        {
            **node("Function", "numpy.add", content={"module_path": "os", "function": "system"}),
            "protocol": 0,
        }
    ),
    "generator of random numbers by another name": written(
        node(
            "RandomGenerator",
            "numpy.random._generator.Generator",
            content={
                "bit_generator": mapping({"bit_generator": value("seed")}),
                "seed_seq": mapping(),
            },
        )
    ),
    "reference to nothing": written(node("Cached", "builtins.str", __id__=7)),
    "kind of node that nobody knows": written(node("Shell", "os.system")),
    "pickled array": written(node("NdArray", "numpy.ndarray", **NUMPY), ("1.npy", pickled())),
    "two descriptions": written(value(1), ("SCHEMA.json", b"{}")).replace(b"SCHEMA", b"schema"),
    "compressed": written(value("0" * 10_000_000), compression=ZIP_DEFLATED),
    "nested without end": zipped(b"[" * 100_000),
    "no zip": b"not a zip",
    "empty": b"",
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_would_run_something_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pipeline.skops").write_bytes(FILES[kind])
    with pytest.raises(Refusal, match=r"^pipeline.skops (is damaged|holds types that are not tr)"):
        model_file.load_pipeline(Path("pipeline.skops"))
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.skops"]


class Strange(DummyClassifier):
    """A type that is not this repository's."""


def test_a_strange_type_is_neither_written_nor_read(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.skops"
    strange = Strange().fit([[0], [1]], [0, 1])
    with pytest.raises(Refusal, match=r"not trusted: .*Strange"):
        model_file.save_pipeline(strange, path)
    assert not path.exists()
    skops.io.dump(strange, path)
    with pytest.raises(Refusal, match=r"not trusted: .*Strange"):
        model_file.load_pipeline(path)


def test_ufuncs_are_read(tmp_path: Path) -> None:
    pipeline = make_pipeline(FunctionTransformer(np.log1p), FunctionTransformer(np.sqrt))
    model_file.save_pipeline(pipeline, tmp_path / "pipeline.skops")
    loaded = model_file.load_pipeline(tmp_path / "pipeline.skops")
    assert (loaded.transform([[3.0]]) == pipeline.transform([[3.0]])).all()


FEATURES = """
import numpy
from sklearn.preprocessing import FunctionTransformer

def preprocessing(X): return FunctionTransformer(in_thousands, inverse_func=times)
def in_thousands(X): return X / 1000
def times(X): return 1000 * X
def read_all(path): return open(path).read()
read_all("x"); list(map(read_all, []))
"""


def test_functions_of_features_are_trusted_that_a_transformer_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspect, "getsource", lambda _: FEATURES)
    found = trusted_types.own_functions.__wrapped__()
    names = ("in_thousands", "preprocessing", "times")
    assert found == {f"{PACKAGE}.features.{name}" for name in names}


def test_only_estimators_of_this_repository_are_trusted_by_their_full_names() -> None:
    own = trusted_types.own_classes()
    assert {f"{PACKAGE}.features.Features", f"{PACKAGE}.model.preprocess.Preprocess"} <= own
    assert all(re.fullmatch(rf"{PACKAGE}\.[a-z_.]+\.[A-Z]\w+", name) for name in own)
    assert not own & trusted_types.trusted("FunctionNode")


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained pipeline's folder."""
    return Path(shutil.copytree(trained / paths.TRAINED, tmp_path / "model"))


def listing(content: Any) -> Callable[[Path], None]:
    """Write hashes.json."""
    text = content if isinstance(content, str) else json.dumps(content)

    def change(folder: Path) -> None:
        (folder / FILE).write_text(text, encoding="utf-8")

    return change


def also_listing(name: str) -> Callable[[Path], None]:
    """List one file more."""

    def change(folder: Path) -> None:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        (folder.parent / "outside").write_text("", encoding="utf-8")
        content[name] = sha256(folder.parent / "outside")
        listing(content)(folder)

    return change


def linked(folder: Path) -> None:
    (folder / "pipeline.skops").rename(folder.parent / "elsewhere")
    (folder / "pipeline.skops").symlink_to((folder.parent / "elsewhere").absolute())


def linked_to_nothing(folder: Path) -> None:
    (folder / "pipeline.skops").unlink()
    (folder / "pipeline.skops").symlink_to("nowhere")


FOLDERS: dict[str, Callable[[Path], Any]] = {
    "altered": lambda folder: (folder / "pipeline.skops").write_bytes(b""),
    "a file more": lambda folder: (folder / "more.py").touch(),
    "a file less": lambda folder: (folder / "pipeline.skops").unlink(),
    "a folder more": lambda folder: (folder / "more").mkdir(),
    "a link": linked,
    "a link to nothing": linked_to_nothing,
    "no hashes": lambda folder: (folder / FILE).unlink(),
    "empty hashes": listing({}),
    "hashes of another kind": listing(["pipeline.skops"]),
    "hashes that are no JSON": listing("{"),
    "hashes that are nested without end": listing("[" * 100_000),
    "hashes that are long": listing({"a" * BYTES: ""}),
    "hashes that are numbers": listing({"pipeline.skops": 1}),
    "a path that leads out": also_listing("../outside"),
    "a path of the machine": also_listing("/etc/hostname"),
    "hashes of the hashes": also_listing(FILE),
    "a long note": lambda folder: (folder / NOTE).write_bytes(b" " * (BYTES + 1)),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_is_not_as_it_was_packed_is_refused(kind: str, folder: Path) -> None:
    FOLDERS[kind](folder)
    with pytest.raises(Refusal, match=r"^\S*(model|outside)"):
        open_pipeline(folder, Loading())


@pytest.mark.parametrize(
    "options", [{"secnods": 5}, {"seconds": 0}, {"memory": "much"}, {"checks": "signature"}]
)
def test_options_that_there_are_not_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match=r"^loading\S* (has no option secnods|is )"):
        Loading.of(OmegaConf.create({"loading": options}))
    assert Loading.of(OmegaConf.create({"seed": 7})) == Loading()


def replaced(folder: Path, content: bytes) -> None:
    (folder / "pipeline.skops").write_bytes(content)
    write_hashes(folder)


def test_a_folder_is_opened_as_it_was_packed(folder: Path) -> None:
    assert isinstance(open_pipeline(folder, Loading()), Pipeline)
    (folder / NOTE).write_text("{}", encoding="utf-8")
    assert isinstance(open_pipeline(folder, Loading()), Pipeline)


def endless(folder: Path) -> None:
    """An opener that does not come back."""
    while True:
        pass


def ending(folder: Path) -> None:
    """An opener that ends its process."""
    os.abort()


@pytest.mark.parametrize(
    ("opener", "reason"),
    [(endless, r"in 0\.5 seconds; .* loading.seconds"), (ending, "ends a process that opens it")],
)
@pytest.mark.slow
def test_what_never_ends_or_breaks_down_does_so_in_a_child(
    opener: Callable[[Path], None], reason: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setattr(opener, "__module__", "test_opening")
    with pytest.raises(Refusal, match=reason):
        opening.open_folder(opener, folder, Loading(seconds=0.5 if opener is endless else 60))


def test_a_child_that_was_prepared_opens_the_first_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening.prepare(f"{PACKAGE}.model.model_file:pipeline_of")
    (child,) = opening._prepared.values()
    monkeypatch.setattr(opening, "_opened", set())
    monkeypatch.setattr(opening, "_child", lambda name: pytest.fail(f"another child for {name}"))
    assert isinstance(open_pipeline(folder, Loading()), Pipeline)
    assert (child.returncode, opening._prepared) == (0, {})


def test_a_child_that_was_prepared_in_vain_ends() -> None:
    opening.prepare("json:loads")
    child = opening._prepared.pop("json:loads")
    assert child.communicate(timeout=60) == ("", "")  # as when its parent has ended
    assert child.returncode == 0
    opening.prepare("json:loads")
    child = opening._prepared["json:loads"]
    opening.dismiss()
    assert child.returncode is not None
    assert not opening._prepared


@pytest.mark.slow
def test_what_swells_does_so_in_a_child(folder: Path) -> None:
    swelling = written(node("NdArray", "numpy.ndarray", **NUMPY), ("1.npy", array("(2000000000,)")))
    replaced(folder, swelling)
    with pytest.raises(Refusal, match=r"more than 1\.\d GB .* loading.memory|is damaged"):
        open_pipeline(folder, Loading())


ARROW = """
import pyarrow
from pathlib import Path
pages = lambda: int(Path("/proc/self/statm").read_text().split()[0])
before = pages()
pyarrow.array(range(100_000))
print(pages() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="addresses are counted on Linux")
def test_what_a_child_reads_by_arrow_is_not_counted_as_a_gigabyte() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ARROW],
        env=os.environ | opening.PLAIN_POOL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) * 4096 < 200_000_000
