"""Answers the questions of a lab's checks beside a team's code, each in a process of its own.

conftest.py starts it as a script and writes a question a line. What takes long to import is
imported once; then each question is a fork, in which alone the team's code runs. Where there is no
fork, it answers one question and ends.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback
from typing import Any


def main() -> None:
    """Import what the first line names, and answer the other lines."""
    for name in json.loads(sys.stdin.readline()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is imported is garbage in no fork, so none need look at it
    for line in sys.stdin:
        given = json.loads(line)
        said = _in_fork(given) if hasattr(os, "fork") else {"code": _answered(given), "late": False}
        print(json.dumps(said), flush=True)
        if not hasattr(os, "fork"):
            break


def _in_fork(given: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if not child:
        os.setsid()
        code = 1
        try:
            code = _answered(given)
        finally:
            os._exit(code)
    end, late = time.monotonic() + given["wall"], False
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if late := time.monotonic() > end:
            _kill(child)
            ended = os.waitpid(child, 0)
            break
        time.sleep(0.005)
    _kill(child)
    return {"code": os.waitstatus_to_exitcode(ended[1]), "late": late}


def _kill(group: int) -> None:
    """End a child with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _answered(given: dict[str, Any]) -> int:
    """Run the question; leave its answer, or why there is none, in files."""
    with open(given["errors"], "w", encoding="utf-8") as errors:  # noqa: PTH123 - before the limits
        try:
            _run(given)
            return 0
        except BaseException:  # a team's code may raise anything
            traceback.print_exc(file=errors)
            return 1


def _run(given: dict[str, Any]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2) if hasattr(os, "fork") else ():
        os.dup2(nothing, stream)
    with contextlib.suppress(ImportError):  # Windows has no limits
        import resource

        for name, most in given["limits"].items():
            resource.setrlimit(getattr(resource, name), (most, most))
    os.chdir(given["folder"])
    sys.path.insert(0, given["source_folder"])
    scope: dict[str, Any] = {}
    exec(compile(given["program"], "<check>", "exec"), scope)  # noqa: S102 - the check's own text

    def part(name: str) -> Any:
        return importlib.import_module(f"{given['package']}.{name}")

    answer = scope[given["function"]](part, *given["arguments"])
    with open(given["answer"], "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        json.dump(answer, file)


if __name__ == "__main__":
    main()
