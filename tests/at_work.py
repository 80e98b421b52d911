"""What people do in a rendered repo that they have set up: run, change, train."""

import re
import subprocess

from tests.rendered import RenderedRepo, clean_environment

# Less work for the same path.
QUICK = (
    ("conf/config.yaml", "resamples: 300", "resamples: 20"),
    ("conf/gate/default.yaml", "resamples: 1000", "resamples: 100"),
    ("conf/config.yaml", "tracking: wandb", "tracking: none"),
)
FEW_TREES = ("conf/model/random_forest.yaml", "n_estimators: 200", "n_estimators: 20")


def activated(repo: RenderedRepo) -> dict[str, str]:
    """Give the variables that activating the repo's environment sets."""
    return {"PATH": f"{repo.path / '.venv' / 'bin'}:{clean_environment()['PATH']}"}


def attempt(repo: RenderedRepo, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command as someone does who activated the environment."""
    return repo.run(*command, check=False, env=activated(repo) | env)


def said(repo: RenderedRepo, *command: str, **env: str) -> tuple[str, str]:
    """Do that; it must succeed. Give what it prints and logs."""
    answer = attempt(repo, *command, **env)
    assert answer.returncode == 0, f"{' '.join(command)}\n{answer.stdout}{answer.stderr[-6000:]}"
    return answer.stdout, answer.stderr


def run(repo: RenderedRepo, *command: str, **env: str) -> str:
    """Do that, and give what it prints."""
    return said(repo, *command, **env)[0]


def change(repo: RenderedRepo, file: str, old: str, new: str) -> None:
    """Change a text in a file, which must be there."""
    text = repo.read(file)
    assert old in text
    (repo.path / file).write_text(text.replace(old, new))


def quicken(repo: RenderedRepo, *, model: bool = True) -> None:
    """Spend less: fewer resamples, no tracker, and unless the model is to stay, fewer trees."""
    for file, usual, quick in (*QUICK, *([FEW_TREES] if model else [])):
        change(repo, file, usual, quick)


def commit(repo: RenderedRepo, message: str) -> None:
    """Commit everything, without the Git hooks."""
    run(repo, "git", "add", "--all")
    run(repo, "git", "commit", "--quiet", "--no-verify", "--message", message)


def train(repo: RenderedRepo) -> None:
    """Run the pipeline as far as a candidate, and commit it."""
    run(repo, "make", "params", "data/schema.yaml")
    run(repo, "dvc", "repro", "--quiet", "candidate")
    commit(repo, "Train")


def bring_into_production(repo: RenderedRepo) -> None:
    """Train a small forest and promote it; another is held to a lenient gate."""
    quicken(repo)
    # Production has seen rows that new test rows repeat.
    lenient = re.sub("tolerance: [^ ]+", "tolerance: 0.5", repo.read("conf/gate/default.yaml"))
    (repo.path / "conf/gate/default.yaml").write_text(lenient)
    train(repo)
    run(repo, "make", "promote")
