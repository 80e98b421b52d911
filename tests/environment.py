"""One environment for the rendered repos of a test run, made once and lent to each of them.

`make setup` from nothing is what test_lifecycle.py and test_github.py are about. Elsewhere a repo
gets a `.venv` of its own that holds nothing but the repo; everything else is read from the shared
one, compiled modules too.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.rendered import RenderedRepo, clean_environment, render
from tests.warm import put_warm_python

LARGEST = 1_000_000  # bytes of a script
EXTRAS = ("dev", "dask", "lightgbm", "mlflow", "optuna", "ray", "s3", "xgboost")


def make_environment(folder: Path) -> None:
    """Install all that the repos of these tests need, but no repo, into environment/.venv."""
    repo = render(folder, project_slug="environment", parts="all")
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    uv(repo, "sync", "--no-install-project", *extras)
    python = str(repo.path / ".venv" / "bin" / "python")
    # For repos of a workbook, and of notebooks that use them.
    others = ("openpyxl>=3.1", "category-encoders>=2.8", "feature-engine>=1.8", "polars>=1.30")
    uv(repo, "pip", "install", "--python", python, *others)


def uv(repo: RenderedRepo, *words: str) -> None:
    """Run uv in a repo."""
    subprocess.run(
        [sys.executable, "-m", "uv", "--quiet", *words],
        cwd=repo.path,
        env=clean_environment(),
        check=True,
    )


def lend(environment: Path, repo: RenderedRepo) -> None:
    """Give a repo a `.venv` in which it is installed, beside all of the shared environment.

    Args:
        environment: the shared one.
        repo: has no `.venv` yet.
    """
    own = repo.path / ".venv"
    shared = next(environment.glob("lib/python3*/site-packages"))
    packages = own / shared.relative_to(environment)
    packages.mkdir(parents=True)
    shutil.copy(environment / "pyvenv.cfg", own)
    (packages / "shared.pth").write_text(f"import site; site.addsitedir({str(shared)!r})\n")
    for folder in ("etc", "share"):  # Jupyter's kernels among them
        if (environment / folder).exists():
            (own / folder).symlink_to(environment / folder)
    copy_scripts(environment / "bin", own / "bin")
    install(repo, packages)
    (packages / "own.pth").write_text(f"{repo.path / 'src'}\n")
    put_warm_python(own)


def install(repo: RenderedRepo, packages: Path) -> None:
    """Leave in a folder what a model folder records of an installation: which packages it needs.

    To build the package takes a second, and an environment.
    """
    project = tomllib.loads(repo.read("pyproject.toml"))["project"]
    told = packages / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    told.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    lines += [f"Requires-Dist: {each}" for each in project["dependencies"]]
    for extra, needed in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        for each in needed:
            name, _, marker = each.partition(";")
            only = " and ".join([f"({marker.strip()})"] * bool(marker) + [f"extra == '{extra}'"])
            lines.append(f"Requires-Dist: {name.strip()} ; {only}")
    (told / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = [f"{told.name}/{name}" for name in ("METADATA", "RECORD")]
    (told / "RECORD").write_text("".join(f"{name},,\n" for name in names), encoding="utf-8")


def copy_of(repo: RenderedRepo, into: Path, environment: Path) -> RenderedRepo:
    """Copy a repo below a folder, and lend the copy the environment."""
    own = RenderedRepo(into / repo.path.name)
    shutil.copytree(repo.path, own.path, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    lend(environment, own)
    return own


def copy_scripts(source: Path, target: Path) -> None:
    """Copy an environment's commands, which name its Python, to one beside another Python."""
    target.mkdir()
    for path in source.iterdir():
        if path.is_symlink():
            (target / path.name).symlink_to(path.readlink())
            continue
        content = path.read_bytes() if path.stat().st_size < LARGEST else b""
        if bytes(source) in content:
            content = content.replace(bytes(source), bytes(target))
            (target / path.name).write_bytes(content)
            shutil.copymode(path, target / path.name)
        else:
            (target / path.name).symlink_to(path)
