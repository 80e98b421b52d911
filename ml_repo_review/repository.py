"""What the rules ask of a repository: its files as texts, data and syntax trees, read once."""

import ast
import re
import tomllib
import warnings
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from typing import Any

from ml_repo_review.policy import BadPolicy, Policy, parse
from ml_repo_review.safe_yaml import BadText, load, load_all, load_json
from ml_repo_review.tree import READ, Tree

MODULES = 5_000  # Python files that are looked at
COPY = ".policy.yaml"
DOSSIER = "docs/dossier.yaml"


# Without one of these words there is no call that a rule looks at.
_TELLING = re.compile(
    r"\.fit\(|\.train\(|pickle|joblib|dill\b|shelve|torch\.load|_importance|shap\b|\blime\b"
    r"|\binterpret\b|eli5|captum|\balibi\b|xgboost|lightgbm|catboost|random_state|\.seed\("
    r"|sklearn\.(ensemble|linear_model|naive_bayes|neighbors|neural_network|svm|tree|gaussian)"
)


class Repository:
    """A tree under a policy.

    Args:
        tree: its files.
        policy: the organisation's; None takes the repository's own copy, or one that asks nothing.
        name: of the repository.
        newest: the newest commit of its template, and how many commits lie between; None: unknown.
    """

    def __init__(
        self,
        tree: Tree,
        policy: Policy | None = None,
        name: str = "",
        newest: "dict[str, int] | None" = None,
    ) -> None:
        """Take the tree and the policy."""
        self.tree = tree
        self.name = name
        self.newest = newest
        self.central = policy is not None
        self.policy = policy or self.own_policy or Policy()
        self._cached = lru_cache(maxsize=None)(self._parsed)

    @cached_property
    def own_policy(self) -> Policy | None:
        """The copy that the repository keeps; None without one, or where it can't be used."""
        try:
            return parse(self.text(COPY), COPY) if COPY in self.tree.sizes else None
        except BadPolicy:
            return None

    def has(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self.tree.sizes

    def matching(self, *patterns: str) -> list[str]:
        """Name the files that match any pattern; `*` also stands for slashes, case is no matter."""
        expression = _compiled(patterns)
        return [path for path in self.tree.sizes if expression.fullmatch(path)]

    def text(self, path: str, most: int = READ) -> str:
        """Give a file's text; empty where there is none."""
        return self.tree.read(path, most).decode("utf-8", errors="replace")

    def data(self, path: str) -> Any:
        """Give what a YAML, JSON or TOML file holds; None where it can't be read."""
        return self._cached(path)

    def mapping(self, path: str) -> dict[str, Any]:
        """Give the mapping that a file holds; an empty one where it holds none."""
        found = self.data(path)
        return found if isinstance(found, dict) else {}

    def _parsed(self, path: str) -> Any:
        if not self.has(path) or self.tree.sizes[path] > READ:
            return None
        text = self.text(path)
        try:
            match PurePosixPath(path).suffix:
                case ".json" | ".ipynb":
                    return load_json(text)
                case ".toml":
                    return tomllib.loads(text)
                case _:
                    return load(text)
        except (BadText, tomllib.TOMLDecodeError, RecursionError, ValueError):
            return None

    def documents(self, path: str) -> list[Any]:
        """Give all documents of a YAML file."""
        try:
            return load_all(self.text(path))
        except BadText:
            return []

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """pyproject.toml, as far as it can be read."""
        return self.mapping("pyproject.toml")

    @property
    def project(self) -> dict[str, Any]:
        """Its table `project`."""
        return _mapping(self.pyproject.get("project"))

    @cached_property
    def record(self) -> dict[str, Any]:
        """.cruft.json, as far as it can be read."""
        return self.mapping(".cruft.json")

    @property
    def answers(self) -> dict[str, Any]:
        """What its template was answered."""
        return _mapping(_mapping(self.record.get("context")).get("cookiecutter"))

    @cached_property
    def dossier(self) -> dict[str, Any]:
        """docs/dossier.yaml: what people answered of the model."""
        return self.mapping(DOSSIER)

    @property
    def risk(self) -> str:
        """The risk class that the repository states; empty where it states none."""
        field = _mapping(self.dossier.get("risk_class"))
        answer = field.get("answer")
        return answer if answer in ("minimal", "limited", "high") else ""

    @cached_property
    def columns(self) -> list[str]:
        """The columns of its table, as data/schema.yaml or a table in Git names them."""
        listed = self.mapping("data/schema.yaml").get("columns")
        if isinstance(listed, list):
            named = [each.get("name") for each in listed if isinstance(each, dict)]
            return [name for name in named if isinstance(name, str)]
        if isinstance(listed, dict):
            return [str(name) for name in listed]
        return []

    def config(self, group: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the files of a Hydra group with what they hold."""
        for path in self.matching(f"conf/{group}/*.yaml", f"config/{group}/*.yaml"):
            yield path, self.mapping(path)

    def log_settings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give how predictions are logged, by file."""
        for path, group in self.config("monitoring"):
            if isinstance(group.get("log"), dict):
                yield path, group["log"]

    @cached_property
    def workflows(self) -> dict[str, dict[str, Any]]:
        """GitHub's workflows, by path."""
        found = self.matching(".github/workflows/*.yml", ".github/workflows/*.yaml")
        return {path: data for path in found if (data := self.mapping(path))}

    def _cells(self, path: str) -> str:
        """Give the code of a notebook without its magics."""
        lines: list[str] = []
        cells = self.mapping(path).get("cells")
        for cell in cells if isinstance(cells, list) else []:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                source = cell.get("source", "")
                text = "".join(map(str, source)) if isinstance(source, list) else str(source)
                lines += [
                    "pass" if line.lstrip().startswith(("%", "!", "?")) else line
                    for line in text.splitlines()
                ]
        return "\n".join(lines)

    @property
    def fits(self) -> bool:
        """Whether its code fits a model."""
        return any(name.endswith((".fit", ".train")) for _, _, name in self.calls)

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call, str]]:
        """Each call with its file and the full name of what is called, as far as it is told.

        Of Python files and notebooks in which a rule could find something; not of tests.
        """
        tests = set(self.matching("tests/*", "*/tests/*", "test_*.py", "*/test_*.py"))
        found: list[tuple[str, ast.Call, str]] = []
        for path in self.matching("*.py", "*.ipynb")[:MODULES]:
            if self.tree.sizes[path] > READ or path in tests:
                continue
            text = self.text(path) if path.endswith(".py") else self._cells(path)
            if not _TELLING.search(text):
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    module = ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            names, calls = _names_and_calls(module)
            found += [(path, call, name) for call in calls if (name := _dotted(call.func, names))]
        return found


def _names_and_calls(module: ast.Module) -> tuple[dict[str, str], list[ast.Call]]:
    """Give the full name of each name that a module imports, and its calls, in one walk."""
    names: dict[str, str] = {}
    calls: list[ast.Call] = []
    ahead: list[ast.AST] = [module]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Call):
            calls.append(node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for value in node.__dict__.values():
            if isinstance(value, list):
                ahead += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                ahead.append(value)
    return names, sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    # Of what a call gives, only the method is known.
    parts.append(names.get(node.id, node.id) if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    parts = [re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in patterns]
    return re.compile("|".join(parts), re.IGNORECASE | re.DOTALL)


def allowed(name: str, patterns: "list[str] | tuple[str, ...]") -> bool:
    """Tell whether a name matches any pattern."""
    return any(fnmatch(name, pattern) for pattern in patterns)
