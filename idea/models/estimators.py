"""From the expression of a model in a notebook to a file of `conf/model/`, without running it."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from idea.knowledge.estimators import (
    CLASSIFICATION,
    DROPPED,
    POSITIONAL,
    REQUIRED,
    ROOTS,
    SILENT,
    canonical,
    is_transformer_path,
    renamed,
    stem,
    task_of,
    title,
    todays_value,
)
from idea.models.hydra_config import (
    SEED,
    Config,
    calibrated,
    finish,
    gives_probabilities,
    needs_numbered_classes,
    search_l1_ratio,
)
from idea.models.metrics import scoring_name
from idea.models.search_spaces import read_space
from idea.program import literal
from idea.program.static_values import Names, Unknown, entries, resolve
from idea.syntax import brief

PACKAGE = "<PACKAGE>"  # whoever writes the file puts the package's name here

Steps = tuple[tuple[str, ast.expr], ...]

_SEARCHES = {
    "GridSearchCV": "grid",
    "RandomizedSearchCV": "random",
    "HalvingGridSearchCV": "halving",
    "HalvingRandomSearchCV": "halving",
    "OptunaSearchCV": "optuna",
    "BayesSearchCV": "optuna",
}
_SPACES = ("param_grid", "param_distributions", "search_spaces")
_COPIES = ("sklearn.base.clone", "sklearn.clone", "copy.copy", "copy.deepcopy")
_PIPELINES = ("Pipeline", "make_pipeline")
_GIVE_THEMSELVES = ("fit", "set_params")  # methods whose value is the estimator
# What may hold a pipeline, whose steps before the model then come before the whole.
_INNER = ("estimator", "base_estimator", "regressor", "classifier")


@dataclass(frozen=True)
class Search:
    """How a notebook looks for hyperparameters.

    Attributes:
        kind: the search of the rendered repo: grid, random, halving or optuna.
        cv: the number of folds, if it is given.
        n_iter: the number of draws, if it is a search that draws.
        scoring: the scorer's name, if it is given.
        space: of the model's own parameters, lists of choices or ranges {low, high, log}.
        notes: what could not be carried, a line each.
    """

    kind: str
    cv: int | None
    n_iter: int | None
    scoring: str | None
    space: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimator:
    """A predictor as a file of `conf/model/` describes it.

    Attributes:
        path: where its class is imported from today.
        name: of the file.
        task: classification or regression.
        config: what Hydra instantiates.
        before: names and expressions of the pipeline's steps before it.
        search: the search around it.
        notes: what could not be carried, a line each.
    """

    path: str
    name: str
    task: str | None
    config: Config
    before: Steps
    search: Search | None
    notes: tuple[str, ...]


def may_make_estimator(node: ast.expr, names: Names) -> bool:
    """Tell cheaply whether an expression may make a predictor; what makes one is never refused.

    Only the outermost call is looked at: a pipeline, a search or a copy may hold anything.
    """
    try:
        node = resolve(node, names)
    except (Unknown, RecursionError):
        return False
    if isinstance(node, ast.Attribute):
        return node.attr == "best_estimator_"
    if not isinstance(node, ast.Call):
        return False
    path = canonical(names.path(node.func) or "")
    if not path:
        return isinstance(node.func, ast.Attribute) and node.func.attr in _GIVE_THEMSELVES
    name = path.rpartition(".")[2]
    return path in _COPIES or name in _PIPELINES or name in _SEARCHES or bool(task_of(path))


def find_estimator(node: ast.expr, names: Names) -> Estimator | None:
    """Read the predictor that an expression makes; None if it makes none that can be read.

    Whoever needs to know both whether there is an estimator and which one calls this once, and
    passes the result on.
    """
    if not may_make_estimator(node, names):
        return None
    try:
        return read_estimator(node, names)
    except Unknown:
        return None


def is_transformer(node: ast.expr, names: Names) -> bool:
    """Whether an expression makes a transformer, or a pipeline of nothing but transformers."""
    try:
        node = resolve(node, names)
        if not isinstance(node, ast.Call):
            return False
        path = canonical(names.path(node.func) or "")
        if path.rpartition(".")[2] in _PIPELINES:
            return is_transformer(_steps(node, names)[-1][1], names)
    except (Unknown, IndexError, RecursionError):
        return False
    if not path and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("fit", "set_output", "set_params") and is_transformer(
            node.func.value, names
        )
    return is_transformer_path(path)


def read_estimator(node: ast.expr, names: Names) -> Estimator:
    """The predictor that an expression makes.

    Raises:
        Unknown: if it makes none, or one whose parts can't be told; one line.
    """
    reader = _Reader(names)
    try:
        part = reader.read(node)
    except RecursionError:
        raise Unknown(f"{brief(node)} goes round in circles") from None
    reader.fit_for_repo(part)
    return Estimator(
        path=part.path,
        name=title(part.path),
        task=task_of(part.path),
        config=part.config,
        before=tuple(part.before),
        search=part.search,
        notes=tuple(dict.fromkeys(reader.notes)),
    )


@dataclass
class _Part:
    """A predictor that is being read.

    `prefixes` say how a parameter of the notebook's object is called in `config`: the first that
    fits is replaced; None stands for what is no part of the model.
    """

    path: str
    config: Config
    before: list[tuple[str, ast.expr]] = field(default_factory=list)
    prefixes: list[tuple[str, str | None]] = field(default_factory=lambda: [("", "")])
    search: Search | None = None

    def ready(self, key: str) -> str | None:
        written, now = next(pair for pair in self.prefixes if key.startswith(pair[0]))
        return None if now is None else now + key.removeprefix(written)

    def inside(self, name: str) -> None:
        """Everything is now inside the parameter `name` of something else."""
        self.prefixes = [(old, None if new is None else name + new) for old, new in self.prefixes]
        if self.search:
            space = {name + key: values for key, values in self.search.space.items()}
            self.search = replace(self.search, space=space)


class _Reader:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.notes: list[str] = []

    def read(self, node: ast.expr) -> _Part:
        """The predictor that an expression makes."""
        behind = resolve(node, self.names)
        if isinstance(behind, ast.Attribute) and behind.attr == "best_estimator_":
            return self.read(behind.value)
        if isinstance(behind, ast.Call):
            path = canonical(self.names.path(behind.func) or "")
            name = path.rpartition(".")[2]
            if not path and isinstance(behind.func, ast.Attribute):
                return self._method(behind, behind.func)
            if path in _COPIES and behind.args:
                return self.read(behind.args[0])
            if name in _PIPELINES:
                return self._pipeline(behind)
            if name in _SEARCHES:
                return self._search(behind, _SEARCHES[name])
            if task_of(path):
                return self._predictor(behind, path)
        raise Unknown(f"`{brief(node)}` is not an estimator that can be read")

    def fit_for_repo(self, part: _Part) -> None:
        """Wraps what the rendered repo can't use bare: it asks for any labels and probabilities."""
        if task_of(part.path) != CLASSIFICATION:
            return
        if stem(part.path) == "Voting":
            self._vote_softly(part)
        elif not gives_probabilities(part.config):
            if not part.config.pop("probability", False):
                self.notes.append(
                    f"{_class(part.config)} gives no probabilities by itself: it is calibrated"
                )
            part.config = calibrated(part.config)
            part.inside("estimator__")
        if needs_numbered_classes(part.config):
            part.config = {"_target_": f"{PACKAGE}.model.EncodedTarget", "classifier": part.config}
            part.inside("classifier__")

    def _vote_softly(self, part: _Part) -> None:
        if part.config.get("voting") != "soft":
            part.config["voting"] = "soft"
            self.notes.append("votes are weighted by probability (voting: soft), not counted")
        for member in part.config["estimators"]:
            name, voter = member
            if isinstance(voter, dict) and not gives_probabilities(voter):
                voter.pop("probability", None)
                member[1] = calibrated(voter)
                self.notes.append(f"{_class(voter)} gives no probabilities: it is calibrated")
                _rekey(part, f"{name}__", f"{name}__estimator__")

    def _method(self, call: ast.Call, func: ast.Attribute) -> _Part:
        if func.attr not in _GIVE_THEMSELVES:
            raise Unknown(f"`{brief(call)}` is not an estimator that can be read")
        part = self.read(func.value)
        if func.attr == "set_params":
            for key, value in self._keywords(call):
                self._set(part, key, value)
        return part

    def _set(self, part: _Part, key: str, value: ast.expr) -> None:
        ready = part.ready(key)
        if ready is None:
            self.notes.append(f"set_params: `{key}` is left out, it is not the model's own")
            return
        *outer, name = ready.split("__")
        config: Any = part.config
        for step in outer:
            config = config.get(step) if isinstance(config, dict) else None
        if isinstance(config, dict) and "_target_" in config:
            self._parameter(config, name, value)
            finish(config)
        else:
            self.notes.append(f"set_params: `{key}` is left out, it is not known")

    def _pipeline(self, call: ast.Call) -> _Part:
        steps = _steps(call, self.names)
        if not steps:
            raise Unknown(f"`{brief(call)}` has no steps that can be read")
        *before, (name, model) = steps
        part = self.read(model)
        part.prefixes = [(f"{name}__{old}", new) for old, new in part.prefixes] + [("", None)]
        part.before = [step for step in before if not self._is_left_out(*step)] + part.before
        return part

    def _is_left_out(self, name: str, node: ast.expr) -> bool:
        behind = resolve(node, self.names)
        if isinstance(behind, ast.Constant):
            return behind.value in (None, "drop", "passthrough")
        path = self.names.path(behind.func) if isinstance(behind, ast.Call) else None
        resamples = (path or "").startswith("imblearn.") and "pipeline" not in (path or "")
        if resamples:
            self.notes.append(f"the step `{name}` ({brief(behind)}) resamples rows: left out")
        return resamples

    def _search(self, call: ast.Call, kind: str) -> _Part:
        third = "n_iter" if kind == "random" else "scoring"
        given = dict(zip(("estimator", "space", third), call.args, strict=False))
        for name, value in self._keywords(call):
            given["space" if name in _SPACES else name] = value
        if "estimator" not in given:
            raise Unknown(f"`{brief(call)}` has no estimator")
        part = self.read(given["estimator"])
        notes: list[str] = []

        def ready(key: str) -> str | None:
            return self._todays(part, key)

        space: Config = {}
        if "space" in given:
            space, notes = read_space(given["space"], self.names, ready)
            space = {key: _todays_values(part.path, key, found) for key, found in space.items()}
            if stem(part.path) == "LogisticRegression":
                search_l1_ratio(space, notes)
        draws = self._draws(given, kind)
        if part.search:
            space = part.search.space | space
            notes = [*part.search.notes, *notes]
            if any(isinstance(found, dict) for found in space.values()):
                kind, draws = part.search.kind, draws or part.search.n_iter
        part.search = Search(
            kind=kind,
            cv=self._folds(given.get("cv"), notes),
            n_iter=draws,
            scoring=scoring_name(given["scoring"], self.names) if "scoring" in given else None,
            space=space,
            notes=tuple(notes),
        )
        return part

    def _todays(self, part: _Part, key: str) -> str | None:
        ready = part.ready(key)
        if ready is None:
            return None
        names = [renamed(stem(part.path), name) for name in ready.split("__")]
        if None in names or names[-1] in DROPPED or names[-1] == "probability":
            return None
        return "__".join(str(name) for name in names)

    def _folds(self, node: ast.expr | None, notes: list[str]) -> int | None:
        if node is None:
            return None
        node = resolve(node, self.names)
        if isinstance(node, ast.Call):
            name = (self.names.path(node.func) or "").rpartition(".")[2]
            first = node.args[0] if node.args else dict(self._keywords(node)).get("n_splits")
            folds = self._number(first) or (5 if name.endswith("Fold") else None)
            if name not in ("KFold", "StratifiedKFold"):
                notes.append(f"cross-validation by {name or brief(node)} is read as plain folds")
            return folds
        return self._number(node)

    def _draws(self, given: dict[str, ast.expr], kind: str) -> int | None:
        node = given.get("n_iter") or given.get("n_trials")
        default = {"random": 10, "optuna": None}.get(kind)
        return self._number(node) or default

    def _number(self, node: ast.expr | None) -> int | None:
        try:
            value = None if node is None else literal(node, self.names)
        except Unknown:
            return None
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _predictor(self, call: ast.Call, path: str) -> _Part:
        part = _Part(path, {"_target_": path})
        for name, value in self._arguments(call, part):
            inner = self._inner(name, value)
            if inner is None:
                self._parameter(part.config, name, value)
                continue
            name = renamed(stem(path), name) or name
            part.config[name] = inner.config
            part.before += inner.before
            inner.inside(f"{name}__")
            outer = [(f"{name}__{old}", new) for old, new in inner.prefixes]
            part.prefixes = outer + part.prefixes
            part.search = part.search or inner.search
        required = REQUIRED.get(stem(path))
        if required and required not in part.config:
            raise Unknown(f"`{brief(call)}`: its `{required}` can't be told from the code")
        finish(part.config)
        return part

    def _inner(self, name: str, node: ast.expr) -> _Part | None:
        if name not in _INNER:
            return None
        try:
            return self.read(node)
        except Unknown:
            return None

    def _arguments(self, call: ast.Call, part: _Part | None = None) -> list[tuple[str, ast.expr]]:
        """Parameters by name; those by position that have no known name become `_args_`."""
        path = canonical(self.names.path(call.func) or "")
        known = POSITIONAL.get(stem(path), ())
        found = list(zip(known, call.args, strict=False))
        if rest := call.args[len(known) :]:
            found.append(("_args_", ast.List(elts=rest, ctx=ast.Load())))
        return found + self._keywords(call, part)

    def _keywords(self, call: ast.Call, part: _Part | None = None) -> list[tuple[str, ast.expr]]:
        found: list[tuple[str, ast.expr]] = []
        for keyword in call.keywords:
            if keyword.arg:
                found.append((keyword.arg, keyword.value))
            elif part and self._takes_best(keyword.value, part):
                continue
            else:
                try:
                    found += entries(keyword.value, self.names)
                except Unknown as unknown:
                    self.notes.append(f"the parameters `**{unknown}` can't be told from the code")
        return found

    def _takes_best(self, node: ast.expr, part: _Part) -> bool:
        """Whether parameters are the best of a search, which is then the search of this part."""
        node = resolve(node, self.names)
        if not (isinstance(node, ast.Attribute) and node.attr == "best_params_"):
            return False
        try:
            part.search = self.read(node.value).search
        except Unknown:
            return False
        self.notes.append(f"`**{brief(node)}`: the search is made again")
        return True

    def _parameter(self, config: Config, name: str, node: ast.expr) -> None:
        path = str(config["_target_"])
        if name in DROPPED:
            return
        now = renamed(stem(path), name)
        try:
            value = self._value(node)
        except Unknown:
            if now == "random_state":
                config[now] = SEED
            elif now:
                text = f"`{name}={brief(node)}` can't be told from the code: left at its default"
                self.notes.append(text)
            return
        if now:
            config[now] = todays_value(path, now, value)
        elif value not in SILENT:
            self.notes.append(f"{_class(config)} has no parameter `{name}` any more: left out")

    def _value(self, node: ast.expr) -> Any:
        """A parameter: a value, another object, or a function's name."""
        node = resolve(node, self.names)
        if isinstance(node, ast.Call):
            made = self._object(node)
            if made is not None:
                return made
        try:
            return literal(node, self.names)
        except Unknown:
            if isinstance(node, ast.List | ast.Tuple):
                return [self._value(item) for item in node.elts]
            if isinstance(node, ast.Dict):
                return {key: self._value(value) for key, value in entries(node, self.names)}
            path = self.names.path(node)
            if path and path.split(".")[0] in ("numpy", "scipy", "sklearn"):
                return {"_target_": "hydra.utils.get_method", "path": path}
            raise

    def _object(self, call: ast.Call) -> Config | None:
        path = canonical(self.names.path(call.func) or "")
        name = path.rpartition(".")[2]
        if name in _PIPELINES:
            return _nested((n, self._value(step)) for n, step in _steps(call, self.names))
        if name in _SEARCHES or path in _COPIES or task_of(path) or not path:
            try:
                part = self.read(call)
            except Unknown:
                return None
            before = [(n, self._value(step)) for n, step in part.before]
            return _nested([*before, (stem(path).lower(), part.config)]) if before else part.config
        if path.split(".")[0] not in ROOTS or not name[:1].isupper():
            return None
        config: Config = {"_target_": path}
        for key, node in self._arguments(call):
            self._parameter(config, key, node)
        return config


def _steps(call: ast.Call, names: Names) -> list[tuple[str, ast.expr]]:
    if (names.path(call.func) or "").endswith("make_pipeline"):
        return _numbered([(_step_name(step, names), step) for step in call.args])
    given = call.args[:1] or [k.value for k in call.keywords if k.arg == "steps"]
    listed = resolve(given[0], names) if given else None
    if not isinstance(listed, ast.List | ast.Tuple):
        return []
    steps: list[tuple[str, ast.expr]] = []
    for item in listed.elts:
        pair = resolve(item, names)
        if not isinstance(pair, ast.List | ast.Tuple) or len(pair.elts) != 2:
            return []
        steps.append((str(literal(pair.elts[0], names)), pair.elts[1]))
    return steps


def _step_name(node: ast.expr, names: Names) -> str:
    behind = resolve(node, names)
    while isinstance(behind, ast.Call) and names.path(behind.func) is None:
        if not isinstance(behind.func, ast.Attribute):
            break
        behind = resolve(behind.func.value, names)
    path = names.path(behind.func) if isinstance(behind, ast.Call) else None
    name = (path or "step").rpartition(".")[2].lower()
    return {"make_pipeline": "pipeline", "make_column_transformer": "columntransformer"}.get(
        name, name
    )


def _numbered(steps: list[tuple[str, ast.expr]]) -> list[tuple[str, ast.expr]]:
    """As `make_pipeline` does where a class stands twice."""
    written = [name for name, _ in steps]
    return [
        (f"{name}-{written[: i + 1].count(name)}" if written.count(name) > 1 else name, step)
        for i, (name, step) in enumerate(steps)
    ]


def _nested(steps: Iterable[tuple[str, Any]]) -> Config:
    listed = [[name, step] for name, step in steps]
    return {"_target_": "sklearn.pipeline.Pipeline", "steps": listed}


def _todays_values(path: str, key: str, found: Any) -> Any:
    if isinstance(found, dict):
        return found
    values = [todays_value(path, key.rpartition("__")[2], value) for value in found]
    return [value for i, value in enumerate(values) if value not in values[:i]]


def _rekey(part: _Part, old: str, new: str) -> None:
    if part.search:
        space = {
            new + key.removeprefix(old) if key.startswith(old) else key: values
            for key, values in part.search.space.items()
        }
        part.search = replace(part.search, space=space)


def _class(config: Config) -> str:
    return str(config["_target_"]).rpartition(".")[2]
