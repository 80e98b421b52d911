"""What the image holds besides, and what becomes of it when it is started."""

import runpy
import shutil
from pathlib import Path

definition = runpy.run_path(str(Path(__file__).parents[1] / "public" / "container.py"))[
    "definition"
]
PARTS = ("Dockerfile", ".dockerignore", "pyproject.toml", "conf", "src")
MODEL = (
    *("answer.json", "evaluation.json", "example.json", "hashes.json", "metrics.json"),
    *("pipeline.skops", "runtime.json", "schema.yaml", "versions.json"),
)
SECRET = (
    *(".env", ".git/config", ".dvc/config.local", "data/raw/customers.csv", "logs/log.jsonl"),
    *("data/processed/train.parquet", "models/candidate/pipeline.skops", "notebooks/idea.ipynb"),
)


def image_of(team, folder, *options):
    """Read the Dockerfile in a copy of the repository with a model and secrets in it."""
    for name in PARTS:
        source = team.folder / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.is_file():
            shutil.copy(source, folder / name)
    for name in (*SECRET, *(f"models/image/{name}" for name in MODEL)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("planted")
    return definition(folder, options)


def started(part, image, rows):
    """Start an image as its Dockerfile says, with a small model in the place of the planted one.

    Returns:
        What became of it: whether it answered at all, and from outside; the model that it serves;
        its labels for rows, and the pipeline's; the status of too many rows; what the health check
        said of it (0: alive), alive and stopped; whether it stopped when told to; and its last
        words.
    """
    import fcntl
    import hashlib
    import importlib
    import json
    import multiprocessing
    import os
    import re
    import runpy
    import shlex
    import shutil
    import signal
    import socket
    import struct
    import subprocess
    import sys
    import time
    import urllib.request
    from contextlib import suppress
    from pathlib import Path

    import numpy as np
    import pandas as pd
    import skops.io
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    package = part("tools").__name__.partition(".")[0]
    root, model = Path("root").resolve(), Path("model").resolve()

    def make_model():
        rng = np.random.default_rng(4)
        table = pd.DataFrame({"size": rng.uniform(0, 10, 60), "kind": rng.choice(["a", "b"], 60)})
        steps = [("n", "passthrough", ["size"]), ("c", OneHotEncoder(), ["kind"])]
        last = LogisticRegression()
        pipeline = Pipeline([("prepare", ColumnTransformer(steps)), ("model", last)])
        pipeline.fit(table, np.where(table["size"] > 5, "high", "low"))
        columns = {
            "size": {"type": "number", "min": 0, "max": 10},
            "kind": {"type": "category", "categories": ["a", "b"]},
            "level": {"type": "category", "categories": ["high", "low"]},
        }
        schema = {"target": "level", "task": "binary", "positive": "high", "columns": columns}
        example = pd.DataFrame([{"size": 2.0, "kind": "a"}])
        chances = dict(
            zip(["high", "low"], pipeline.predict_proba(example)[0].tolist(), strict=True)
        )
        files = {
            "schema.yaml": schema,
            "answer.json": {"prediction": "low", "probabilities": chances},
            "example.json": [{"size": 2.0, "kind": "a"}],
            "versions.json": {"data": None, "code": None, "python": "3", "packages": {}},
            **{f"{name}.json": {} for name in ("evaluation", "metrics", "runtime")},
        }
        model.mkdir()
        for name, content in files.items():
            (model / name).write_text(json.dumps(content))
        (model / "pipeline.skops").write_bytes(skops.io.dumps(pipeline))
        listed = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in model.iterdir()}
        (model / "hashes.json").write_text(json.dumps(listed))
        return pipeline.predict(pd.DataFrame(rows)).tolist()

    expected = make_model()
    for place, source in image["files"].items():
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(model / Path(source).name if "/models/image/" in source else source, target)

    # A grader's network of its own has a loopback that is down.
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, 0x8913, asked), 16)
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        port = any_socket.getsockname()[1]

    def here(text):
        """The image's paths as those of this machine; its port as a free one."""
        text = re.sub(rf"\b{image['port']}\b", str(port), text)

        def path(match):
            found = root / match[0].strip("/")
            return str(found) if found.exists() else match[0]

        return re.sub(r"(?<![\w./])/[\w./-]+", path, text)

    programs = Path("programs").resolve()
    programs.mkdir()
    for name in ("python", "python3"):
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        (programs / name).chmod(0o755)
    packages = [str(found.parents[1]) for found in root.rglob(f"{package}/__init__.py")]
    environment = {name: here(value) for name, value in image["env"].items() if name != "PATH"}
    own = [each for each in environment.get("PYTHONPATH", "").split(":") if each]
    environment |= {
        "HOME": str(Path("home").resolve()),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": ":".join([*own, *packages]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    words = [here(word) for word in image["command"] or ["nothing"]]
    workdir = root / image["workdir"].lstrip("/")
    workdir.mkdir(parents=True, exist_ok=True)
    log = Path("log").resolve()

    class Here:
        """The command in a fork of this process, which has imported what takes long."""

        def __init__(self):
            context = multiprocessing.get_context("fork")
            self.process = context.Process(target=self.run)
            self.process.start()

        def run(self):
            file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(workdir)
            theirs = [name for name in sys.modules if name.partition(".")[0] == package]
            for name in theirs:
                del sys.modules[name]
            sys.path[:] = [*environment["PYTHONPATH"].split(":"), *sys.path[1:]]
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            with suppress(ImportError):  # a child that opens the model first would import it all
                opening = importlib.import_module(f"{package}.packing.opening")
                opening.prepare = lambda name: None
                opening.Trial.__init__ = lambda *_: None
                opening.Trial.wait = lambda self: None
            sys.argv = ["python", *words[3:]]
            runpy.run_module(words[2], run_name="__main__", alter_sys=True)

        def stop(self):
            self.process.terminate()

        def has_ended(self, seconds=0.0):
            self.process.join(seconds)
            return not self.process.is_alive()

    class Elsewhere:
        """The command as another process."""

        def __init__(self):
            with log.open("w") as file:
                self.process = subprocess.Popen(
                    words, cwd=workdir, env=environment, stdout=file, stderr=file
                )

        def stop(self):
            self.process.terminate()

        def has_ended(self, seconds=0.0):
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
            return self.process.poll() is not None

    def ask(path, body=None, host="127.0.0.1"):
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{host}:{port}{path}", content)
        request.add_header("content-type", "application/json")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return [answer.status, json.loads(answer.read())]
        except urllib.error.HTTPError as error:
            return [error.code, None]
        except (OSError, ValueError):
            return [None, None]

    def health():
        if image["healthcheck"] is None:
            return None
        check = [here(word) for word in image["healthcheck"]]
        try:
            done = subprocess.run(
                check, cwd=workdir, env=environment, capture_output=True, timeout=20
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.returncode

    is_python = words[:2] in (["python", "-m"], ["python3", "-m"]) and len(words) > 2
    try:
        service = Here() if is_python else Elsewhere()
    except OSError as error:
        return {"answered": False, "said": f"{words[0]}: {error}"}
    end = time.monotonic() + 60
    while ask("/ready")[0] != 200 and time.monotonic() < end and not service.has_ended(0.05):
        pass
    found = {"answered": ask("/ready")[0] == 200, "outside": ask("/ready", host="127.0.0.2")[0]}
    found["version"] = (ask("/model")[1] or {}).get("version")
    found["labels"] = [
        (ask("/predict", row)[1] or {"predictions": [{}]})["predictions"][0].get("prediction")
        for row in rows
    ]
    found["expected"] = expected
    found["too many"] = ask("/predict", [rows[0]] * 3)[0]
    found["alive"] = health()
    service.stop()
    found["stopped"] = service.has_ended(20) and ask("/health")[0] is None
    found["dead"] = health()
    text = log.read_text(errors="replace").strip() if log.exists() else ""
    found["said"] = (text.splitlines() or ["nothing"])[-1]
    return found


def test_nothing_else_is_in_the_image(team, tmp_path):
    """Neither data nor secrets, history or other models come into the image."""
    image = image_of(team, tmp_path)
    given = {str(Path(source).relative_to(tmp_path)) for source in image["files"].values()}
    found = sorted(given & set(SECRET))
    assert not found, f"expected that {', '.join(found)} stays outside the image"


def test_the_image_answers_and_stops(team, tmp_path):
    """The image starts, answers as its model does, says that it lives, and can be stopped."""
    image = image_of(team, tmp_path, "serving.max_rows=2", "serving.drain_seconds=0")
    rows = [{"size": 9.0, "kind": "a"}, {"size": 0.5, "kind": "b"}]
    found = team.ask(started, image, rows)
    assert found["answered"], f"expected that it answers, its last words are {found['said']!r}"
    assert found["outside"] == 200, "expected that it answers to others, not to itself alone"
    assert found["labels"] == found["expected"], f"expected {found['expected']}, found {found}"
    said = found["too many"]
    assert said == 413, (
        f"expected that serving.max_rows=2 after the image's name counts, found {said}"
    )
    health = [found["alive"], found["dead"]]
    assert health[0] == 0, f"expected that HEALTHCHECK finds it alive, found {health[0]}"
    assert health[1] not in (0, None), "expected that HEALTHCHECK finds it dead once it has stopped"
    assert found["stopped"], "expected that it ends when it is told to stop"
