"""What is served: a table of loans, a repository made of it, and its fitted model."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from tests.rendered import clean_environment, render

PROGRAMS = Path(__file__).with_name("contenders")
ROWS = 20_000
MANY = 1_000
BODIES = {"one": 200, "many": 4}  # different requests of each kind, so that no cache answers
PACKAGES = {"mlflow": "mlflow>=3", "bentoml": "bentoml>=1.4"}  # with environments of their own
CATEGORIES = {  # and how many values they have
    "region": 12,
    "city": 30,
    "job": 10,
    "education": 5,
    "housing": 3,
    "purpose": 8,
    "channel": 4,
    "plan": 6,
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Lending:
    """The repository, with its fitted model, and environments for those that need their own."""

    folder: Path

    @property
    def repo(self) -> Path:
        """The rendered repository."""
        return self.folder / "loan-default"

    @property
    def model(self) -> Path:
        """Its model folder."""
        return self.repo / "models" / "candidate"

    def bin(self, package: str = "") -> Path:
        """Where the programs of the repository's environment are, or of a package's own."""
        return (self.folder / package if package else self.repo / ".venv") / "bin"

    def environment(self, package: str = "") -> dict[str, str]:
        """Give the variables that a contender gets."""
        # uv is among the template's own tools.
        places = [str(self.bin(package)), str(Path(sys.executable).parent), os.environ["PATH"]]
        return clean_environment(
            PATH=os.pathsep.join(places),
            MODEL=str(self.model),
            BENTOML_HOME=str(self.folder / "bentoml-home"),
            BENTOML_DO_NOT_TRACK="true",
            MLFLOW_DISABLE_TELEMETRY="true",
            UVICORN_ACCESS_LOG="false",  # MLflow's; the others have it off by an option
        )

    def run(self, *command: str, package: str = "") -> str:
        """Run a program in the repository and give what it printed."""
        done = subprocess.run(
            command,
            cwd=self.repo,
            env=self.environment(package),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def requests(self, kind: str) -> list[list[Row]]:
        """The rows of each request: one in each, or many."""
        table = json.loads((self.folder / "rows.json").read_text())
        size = 1 if kind == "one" else MANY
        return [table[size * i : size * (i + 1)] for i in range(BODIES[kind])]

    def in_process(self, seconds: float) -> tuple[list[float], float]:
        """scikit-learn's own answers for many rows, and its median time in milliseconds."""
        rows = self.folder / "many.json"
        rows.write_text(json.dumps(self.requests("many")[0]))
        program = str(PROGRAMS / "in_process.py")
        found = json.loads(self.run("python", program, str(self.model), str(rows), str(seconds)))
        return found["answers"], found["ms"]

    def versions(self, package: str = "") -> dict[str, str]:
        """The versions of all packages in an environment, and of its Python."""
        python = str(self.bin(package) / "python")
        listed = json.loads(self.run("uv", "pip", "list", "--format", "json", "--python", python))
        found = {one["name"].lower(): one["version"] for one in listed}
        return found | {"python": self.run(python, "--version").split()[1]}


def loans(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Make a table of 6 numbers, some missing, 8 categories, and who defaulted."""
    rng = np.random.default_rng(seed)
    numbers = {
        "age": rng.normal(42, 12, rows).clip(18, 90),
        "income": rng.lognormal(10.5, 0.5, rows),
        "amount": rng.lognormal(9, 0.8, rows),
        "rate": rng.uniform(1, 15, rows),
        "years_employed": rng.exponential(6, rows),
        "debt_ratio": rng.beta(2, 5, rows),
    }
    codes = {name: rng.integers(size, size=rows) for name, size in CATEGORIES.items()}
    risk = (
        2 * numbers["debt_ratio"]
        + 0.15 * numbers["rate"]
        - 0.05 * numbers["years_employed"]
        - np.log(numbers["income"] / numbers["amount"]) / 2
        + 0.3 * (codes["job"] % 3)
        + 0.4 * (codes["purpose"] == 2)
        + 0.03 * codes["city"]
    )
    table = pd.DataFrame(numbers).round(2)
    table = table.mask(rng.random(table.shape) < 0.05)
    for name, values in codes.items():
        table[name] = [f"{name}_{value}" for value in values]
    chance = 1 / (1 + np.exp(np.median(risk) - risk))
    return table.assign(defaulted=np.where(rng.random(rows) < chance, "yes", "no"))


def prepare(folder: Path, packages: list[str]) -> Lending:
    """Make the table, the repository and its model, and an environment for each package."""
    lending = Lending(folder)
    if not lending.model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        table = loans()
        table.to_csv(folder / "loans.csv", index=False)
        rows = table.drop(columns="defaulted").head(MANY * BODIES["many"])
        rows.to_json(folder / "rows.json", orient="records")
        answers = {"project_name": "Loan Default", "target": "defaulted"}
        repo = render(folder, dataset=str(folder / "loans.csv"), **answers)
        choices = {"model": "hist_gradient_boosting", "tracking": "none", "resamples": "20"}
        choose(repo.path / "conf" / "config.yaml", **choices)
        lending.run("make", "setup")
        lending.run("make", "params")
        lending.run("dvc", "repro", "candidate")
    for package in packages:
        if not lending.bin(package).exists():
            python = str(lending.bin() / "python")
            lending.run("uv", "venv", "--quiet", "--python", python, str(folder / package))
            into = ("--quiet", "--python", str(lending.bin(package) / "python"))
            lending.run("uv", "pip", "install", *into, str(lending.repo), PACKAGES[package])
    return lending


def choose(file: Path, **choices: str) -> None:
    """Change lines of a configuration file."""
    lines = file.read_text().splitlines()
    for key, value in choices.items():
        [at] = [i for i, line in enumerate(lines) if line.lstrip(" -").startswith(f"{key}:")]
        lines[at] = f"{lines[at].partition(f'{key}:')[0]}{key}: {value}"
    file.write_text("\n".join(lines) + "\n")
