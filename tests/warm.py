"""A Python that has imported the heavy libraries already: rendered repos' commands are its forks.

To import pandas, scikit-learn, DVC and Hydra takes seconds; what a command then does with a small
table takes a fraction of one. A repo that was lent the environment has this as `.venv/bin/python`,
which every command of its Makefile and every stage of its pipeline starts. `.venv/bin/python3` is
the real one: services run by it, and what needs settings that only a start can make.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.rendered import clean_environment

ADDRESS = "WARM_PYTHON"  # names the socket; without it the real Python runs

# Asks for a fork, hands it the standard streams, passes signals on, and ends as it does.
_ASKING = """\
#!{base} -IS
import array, json, os, signal, socket, sys
here, asked_for = {here}, [*{words}, *sys.argv[1:]]
words, address = asked_for, os.environ.get("{address}")
settings = ("PYTHONHASHSEED", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONPROFILEIMPORTTIME")
def real():
    os.execv(os.path.join(here, "python3"), [os.path.join(here, "python3"), *asked_for])
if not address or not words or any(name in os.environ for name in settings):
    real()
if unbuffered := words[0] == "-u":  # as pytest-xdist starts its workers
    words = words[1:]
if not words or (words[0].startswith("-") and words[0] not in ("-m", "-c")):
    real()
if len(words) > 1 and ("joblib." in words[1] or "multiprocessing" in words[1]):
    real()  # a worker, which inherits pipes
asked = dict(here=here, words=words, folder=os.getcwd(), env=dict(os.environ))
asked = json.dumps(asked | dict(unbuffered=unbuffered)).encode()
channel = socket.socket(socket.AF_UNIX)
try:
    channel.connect(address)
except OSError:
    real()
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, lambda number, frame: channel.send(bytes([number])))
socket.send_fds(channel, [len(asked).to_bytes(4, "big")], [0, 1, 2])
channel.sendall(asked)
answer = channel.recv(4)
code = int.from_bytes(answer, "big", signed=True) if answer else -signal.SIGKILL
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""

# What the commands of rendered repos import.
_LIBRARIES = """\
import dvc.cli, dvc.commands.repro, dvc.repo, gto.api, hydra, ipykernel.kernelapp, matplotlib.figure
import matplotlib.projections, nbconvert, omegaconf, pandas, pandera, papermill, pyarrow.dataset
import pyarrow.parquet, pydantic, rich.console, rich.table, scipy.stats, skops.io, sklearn.compose
import sklearn.ensemble, sklearn.linear_model, sklearn.model_selection, sklearn.pipeline
"""

# Waits for such requests. For each, one fork runs the program, and another watches it.
_FORKING = """\
import atexit, gc, json, os, random, runpy, select, signal, site, socket, sys, threading, time

def received(channel, size):
    found = b""
    while len(found) < size:
        found += channel.recv(size - len(found))
    return found

def run(asked):
    os.setsid()
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        number = ("stdin", "stdout", "stderr").index(name)
        how = "backslashreplace" if name == "stderr" else "strict"
        stream = open(number, mode, encoding="utf-8", errors=how, closefd=False)
        if mode == "w":
            at_once = name == "stderr" or os.isatty(number) or asked["unbuffered"]
            at_once = at_once or "PYTHONUNBUFFERED" in os.environ
            stream.reconfigure(line_buffering=at_once)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    here = asked["here"]
    sys.executable = os.path.join(here, "python")
    sys.prefix = sys.exec_prefix = os.path.dirname(here)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site.addsitedir(os.path.join(sys.prefix, "lib", version, "site-packages"))
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    kind, *rest = asked["words"]
    if kind == "-m":
        sys.path.insert(0, os.getcwd())
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.path.insert(0, "")
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), sys.modules["__main__"].__dict__)
    else:
        sys.path.insert(0, os.path.dirname(os.path.realpath(kind)))
        sys.argv = [kind, *rest]
        runpy.run_path(kind, run_name="__main__")

def program(asked):
    code = 0
    try:
        run(asked)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or 120
    finally:
        os._exit(code & 255)

def watch(channel):
    size, streams, _, _ = socket.recv_fds(channel, 4, 3)
    asked = json.loads(received(channel, int.from_bytes(size, "big")))
    child = os.fork()
    if not child:
        channel.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        program(asked)
    for stream in (0, 1, 2, *streams):
        os.close(stream)
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            try:
                channel.sendall(code.to_bytes(4, "big", signed=True))
            finally:
                os._exit(0)
        ready, _, _ = select.select([channel, ended], [], [])
        if channel in ready:
            # It may have been meant for all that the program started, too.
            for number in channel.recv(16) or [signal.SIGKILL]:
                try:
                    os.killpg(child, number)
                except ProcessLookupError:
                    os.kill(child, number)
        if ended in ready:
            os.read(ended, 64)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
gc.collect()
gc.freeze()
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen(64)
print("ready", flush=True)
while True:
    channel, _ = listening.accept()
    if not os.fork():
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        watch(channel)
    channel.close()
"""


def put_warm_python(own: Path) -> None:
    """Make `python` of an environment ask for forks, if it does not yet; `python3` stays real."""
    python = own / "bin" / "python"
    if not python.is_symlink():
        return
    base = python.resolve()
    for real in (own / "bin" / "python3", own / "bin" / f"python3.{sys.version_info.minor}"):
        real.unlink(missing_ok=True)
        real.symlink_to(base)
    python.unlink()
    beside = "os.path.dirname(os.path.abspath(sys.argv[0]))"
    _write(python, base=base, address=ADDRESS, here=beside, words="[]")


def put_warm_module(command: Path, python: Path, module: str, address: str) -> None:
    """Write a command that asks for forks which run a module, as `python -m` does."""
    here, words = repr(str(python.parent)), f'["-m", "{module}"]'
    _write(command, base=python.resolve(), address=address, here=here, words=words)


def _write(command: Path, **told: object) -> None:
    command.write_text(_ASKING.format(**told))
    command.chmod(0o755)


@contextlib.contextmanager
def warm_python(python: Path, folder: Path, imports: str = _LIBRARIES) -> Iterator[str]:
    """Start the process that forks; give its address.

    Args:
        python: which runs it: that of the environment that repos share.
        folder: for its socket.
        imports: what it executes before the first fork.
    """
    address = folder / "warm"
    process = subprocess.Popen(
        [str(python), "-u", "-c", imports + _FORKING, str(address)],
        env=clean_environment(MPLBACKEND="agg"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        while (line := process.stdout.readline()) != b"ready\n":
            assert line, "it ended"
        yield str(address)
    finally:
        process.kill()
        process.wait()
        address.unlink(missing_ok=True)
