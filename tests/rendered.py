"""Renders the template in this process, and looks at what came out."""

import contextlib
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from click.testing import CliRunner
from cookiecutter.cli import main as program  # type: ignore[import-untyped]
from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]
from cookiecutter.main import cookiecutter  # type: ignore[import-untyped]

TEMPLATE = Path(__file__).resolve().parent.parent
EXAMPLES = TEMPLATE / "examples"

# What a test runner's own environment must not decide for a rendered repo.
_OURS = ("CI", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "REASON", "VIRTUAL_ENV")
# Those of Git, of a runner that these tests run on, and of the `make` that began them.
_THEIRS = ("GIT_", "GITHUB_", "RUNNER_", "MAKE", "MFLAGS")


def clean_environment(**changes: str) -> dict[str, str]:
    """Give the environment of this process without what belongs to the test run."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in _OURS and not key.startswith(_THEIRS)
    }
    if home := changes.get("HOME"):
        changes = {"USERPROFILE": home, **changes}  # as Windows has it
    # What is written to a pipe is read as UTF-8, which Windows would not take by itself.
    return kept | {"PYTHONIOENCODING": "utf-8"} | changes


@dataclass(frozen=True)
class RenderedRepo:
    """A rendered repo on disk."""

    path: Path

    def read(self, name: str) -> str:
        """Read a text file."""
        return (self.path / name).read_text(encoding="utf-8")

    def has(self, name: str) -> bool:
        """Tell whether there is such a file or folder."""
        return (self.path / name).exists()

    def files(self) -> list[str]:
        """List the files, sorted, without Git's own and DVC's cache."""
        return sorted(
            path.relative_to(self.path).as_posix()
            for path in self.path.rglob("*")
            if path.is_file()
            and not {".git", "cache"} & set(path.relative_to(self.path).parent.parts)
        )

    def contents(self) -> dict[str, bytes]:
        """Give the bytes of every file."""
        return {name: (self.path / name).read_bytes() for name in self.files()}

    def contents_of_git(self) -> dict[str, bytes]:
        """Give the bytes of every file that Git tracks."""
        names = self.run("git", "ls-files", "-z").stdout.split("\0")
        return {name: (self.path / name).read_bytes() for name in names if name}

    def run(
        self, *command: str, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the repo, in a clean environment, with standard input closed."""
        return subprocess.run(
            command,
            cwd=self.path,
            env=clean_environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=check,
        )


# Renders a repo of a name, with answers, for all who ask for that name.
Rendered = Callable[..., RenderedRepo]


def render(into: Path, **answers: str) -> RenderedRepo:
    """Render below a folder through cookiecutter's API, whatever the person's own settings say.

    Raises:
        FailedHookException: an answer was refused.
    """
    into.mkdir(parents=True, exist_ok=True)
    with mock.patch("cookiecutter.hooks.run_script", _run_here):
        path = cookiecutter(
            str(TEMPLATE),
            no_input=True,
            extra_context=answers,
            output_dir=str(into),
            default_config={"replay_dir": str(into.parent / f"{into.name}-replay")},
        )
    return RenderedRepo(Path(path))


def typed(
    folder: Path, *arguments: str, env: dict[str, str] | None = None, keys: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter's command in this process, in a fifth of the time of another one.

    Args:
        folder: in which it is typed.
        arguments: of the command.
        env: all variables that it finds; by default those of `clean_environment`.
        keys: what is typed in answer to its questions.
    """
    env = env or clean_environment()
    home = Path(env["HOME"])
    settings = "cookiecutter.config.USER_CONFIG_PATH", str(home / ".cookiecutterrc")
    replays = {"replay_dir": str(home / ".cookiecutter_replay")}
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch(*settings),
        mock.patch.dict("cookiecutter.config.DEFAULT_CONFIG", replays),
        mock.patch("cookiecutter.hooks.run_script", _run_here),
    ):
        made = CliRunner().invoke(program, arguments, input=keys)
    if made.exception and not isinstance(made.exception, SystemExit):
        raise made.exception
    return subprocess.CompletedProcess(arguments, made.exit_code, made.stdout, made.stderr)


def _run_here(script: str, cwd: Path | str = ".") -> None:
    """Run a hook in this process: to start another one takes longer than the hook's work.

    Where a test starts the command as another process, hooks run as cookiecutter runs them.

    Raises:
        FailedHookException: it exited with another code than 0.
    """
    with contextlib.chdir(cwd), mock.patch.object(sys, "path", [*sys.path]):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            if end.code:
                raise FailedHookException(str(end.code)) from None
