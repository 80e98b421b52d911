"""ML4: what of the data lies in Git, is logged, and can be had again."""

import re
from collections.abc import Iterator

from ml_repo_review.repository import Repository
from ml_repo_review.rule import Finding, Rule

_TABLES = (
    *("*.csv", "*.tsv", "*.csv.gz", "*.parquet", "*.feather", "*.arrow", "*.xlsx", "*.xls"),
    *("*.jsonl", "*.ndjson", "*.npy", "*.npz", "*.h5", "*.hdf5", "*.sqlite", "*.sqlite3", "*.db"),
)
_TEXTS = ("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*.ipynb", "data/*.json", "data/*.yaml")
LARGE = 1_000_000  # bytes that Git carries for ever
LOOKED_AT = 200_000  # characters of a file


class NoTablesInGit(Rule):
    """No data lies in Git."""

    code = "ML401"
    reason = "Git forgets nothing, and every clone is a copy."
    fix = "`git rm --cached <file>`, then `dvc add <file>`; history needs `git filter-repo`"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at files by their names: all where the policy refuses samples, else large ones."""
        strict = repo.policy.get("data.samples") is False
        for path in repo.matching(*_TABLES):
            size = repo.tree.sizes[path]
            if b"git-lfs" in repo.tree.read(path, 60) or path.startswith("reports/"):
                continue
            if strict or size > LARGE:
                why = f" ({repo.policy.because('data.samples')})" if strict else ""
                yield Finding(f"{size:,} bytes of data lie in Git{why}", path)


class PersonalNames(Rule):
    """Columns whose names hint at persons are not logged as they are."""

    code = "ML402"
    reason = "A name is a hint at personal data; none proves that there is none."
    fix = "add the column to `log.hash` or `log.drop` in conf/monitoring/default.yaml"
    key = "data.personal.names"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the schema, and at the headers of tables in Git."""
        patterns = [re.compile(pattern) for pattern in repo.policy.get(self.key)]
        safe = {
            str(name)
            for _, log in repo.log_settings()
            for kind in ("hash", "drop")
            for name in log.get(kind) or ()
        }
        for path, names in _named_columns(repo):
            for name in names:
                if name not in safe and any(each.search(name[:200]) for each in patterns):
                    yield Finding(f"the column {name!r} hints at persons", path)


class PersonalValues(Rule):
    """No value in Git looks like a person's."""

    code = "ML403"
    reason = "Git forgets nothing."
    fix = "`git rm --cached <file>`, clear notebooks with `nbstripout`, and rewrite history"
    key = "data.personal.values"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at each line of tables and notebooks, without repeating what was found."""
        patterns = [re.compile(pattern) for pattern in repo.policy.get(self.key)]
        for path in repo.matching(*_TEXTS):
            lines = repo.text(path, LOOKED_AT).splitlines()
            for number, line in enumerate(lines, 1):
                if any(each.search(line[:2_000]) for each in patterns):
                    yield Finding("a value looks like a person's", path, number)
                    break


class DataIsVersioned(Rule):
    """Data has versions."""

    code = "ML404"
    reason = "A model without its data can't be made again."
    fix = "`dvc init`, `dvc add data/raw/<table>`, and commit the pointer"
    level = "warning"

    def applies(self, repo: Repository) -> bool:
        """Only what is trained here has data."""
        return repo.fits

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for DVC, LFS or lakeFS."""
        if repo.matching("*.dvc", "dvc.yaml", "*/dvc.yaml", ".dvc/config", "lakectl.yaml"):
            return
        if "filter=lfs" not in repo.text(".gitattributes"):
            yield Finding("no data has a version: there is neither DVC nor Git LFS")


class LogRetention(Rule):
    """Predictions are kept no longer than the policy allows."""

    code = "ML405"
    reason = "Personal data has a term."
    fix = "lower `log.keep_days` in conf/monitoring/default.yaml, then `make params`"
    key = "data.log_days"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the settings of the log."""
        most = repo.policy.get(self.key)
        for path, log in repo.log_settings():
            days = log.get("keep_days")
            if log.get("folder") is None:
                continue
            if not isinstance(days, int | float) or days > most:
                kept = "for ever" if days is None else f"for {days} days"
                yield Finding(f"predictions are kept {kept}, at most {most} are allowed", path)


class LogColumns(Rule):
    """Columns that the policy names are hashed or dropped before they are logged."""

    code = "ML406"
    reason = "They name a person, or say what nobody may know."
    fix = "add the column to `log.hash` or `log.drop` in conf/monitoring/default.yaml"
    key = "data"

    def applies(self, repo: Repository) -> bool:
        """Only where the policy names columns."""
        return bool(repo.policy.get("data.hash") or repo.policy.get("data.drop"))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the settings of the log with the columns of the table."""
        hashed, dropped = (repo.policy.get(f"data.{kind}", []) for kind in ("hash", "drop"))
        for path, log in repo.log_settings():
            gone, coded = log.get("drop") or [], log.get("hash") or []
            for column in repo.columns:
                if column in dropped and column not in gone:
                    why = repo.policy.because("data.drop")
                    yield Finding(f"{column} is logged ({why}); add it to log.drop", path)
                elif column in hashed and column not in [*gone, *coded]:
                    why = repo.policy.because("data.hash")
                    yield Finding(f"{column} is logged as it is ({why}); add it to log.hash", path)


class NoOutputs(Rule):
    """Notebooks in Git hold no outputs."""

    code = "ML407"
    reason = "Outputs show rows of data, and change with each run."
    fix = "`nbstripout <notebook>`, and `nbstripout --install` for the next time"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the cells of notebooks."""
        for path in repo.matching("*.ipynb"):
            cells = repo.mapping(path).get("cells")
            for cell in cells if isinstance(cells, list) else []:
                if isinstance(cell, dict) and cell.get("outputs"):
                    yield Finding("it holds outputs", path)
                    break


def _named_columns(repo: Repository) -> Iterator[tuple[str, list[str]]]:
    if repo.columns:
        yield "data/schema.yaml", repo.columns
    for path in repo.matching("*.csv", "*.tsv"):
        header = (repo.text(path, 20_000).splitlines() or [""])[0]
        sign = (
            "\t" if path.endswith(".tsv") else ";" if header.count(";") > header.count(",") else ","
        )
        yield path, [name.strip("\"' \ufeff") for name in header.split(sign)]


RULES = (
    NoTablesInGit,
    PersonalNames,
    PersonalValues,
    DataIsVersioned,
    LogRetention,
    LogColumns,
    NoOutputs,
)
