"""Reads predictors and their parameters from expressions, which may hold predictors in turn."""

import ast
from typing import Any

from idea.knowledge.estimators import (
    CLASSIFICATION,
    COPIES,
    FINAL_ESTIMATOR,
    FOR_ONE_TARGET,
    INNER_ESTIMATORS,
    MEMBERS,
    NEED_EVALUATION_ROWS,
    OF_EACH_TARGET,
    PACKAGES,
    PIPELINES,
    REQUIRED,
    RETURN_THEMSELVES,
    TECHNICAL,
    canonical,
    is_foreign,
    stem,
    task_of,
)
from idea.knowledge.model_selection import SEARCHES, SPACE_PARAMETERS
from idea.knowledge.renames import SILENT, current_value
from idea.models.class_ratio import OF_CLASSES, PARAMETER, is_class_ratio
from idea.models.drafts import Draft, Search
from idea.models.estimator import Unread
from idea.models.hydra_config import (
    SEED_REFERENCE,
    Config,
    class_name,
    complete_config,
    inner_config,
)
from idea.models.parameters import Arguments, current_name, positional_arguments
from idea.models.pipelines import pipeline_config, steps_of
from idea.models.resampled import CLASSIFIER, resampled
from idea.models.searches import SPACE, read_search
from idea.program import literal
from idea.program.names_used import root
from idea.program.static_values import Names, Unknown, elements, entries, resolve
from idea.syntax import brief


class Reader:
    """Reads predictors and their parameters, which may be predictors in turn."""

    def __init__(self, names: Names) -> None:
        """Take what the notebook's names stand for."""
        self.names = names
        self.notes: list[str] = []

    def read(self, node: ast.expr) -> Draft:
        """Read the predictor that an expression makes.

        Raises:
            Unknown: it makes none that can be read.
        """
        draft = self._read(resolve(node, self.names))
        variable = root(node)
        if draft.search and variable:
            draft.search = draft.search.held_by(variable)
        return draft

    def _read(self, behind: ast.expr) -> Draft:
        if isinstance(behind, ast.Attribute) and behind.attr == "best_estimator_":
            return self.read(behind.value)
        if isinstance(behind, ast.Call):
            path = self._path(behind)
            name = path.rpartition(".")[2]
            if not path and isinstance(behind.func, ast.Attribute):
                return self._method(behind, behind.func)
            if path in COPIES and behind.args:
                return self.read(behind.args[0])
            if name in PIPELINES:
                return self._pipeline(behind)
            if name in SEARCHES:
                return self._search(behind, name)
            if is_foreign(path):
                raise Unread(path, f"{name} of {path.split('.')[0]} is no scikit-learn estimator")
            if stem(path) in OF_EACH_TARGET:
                return self._of_one_target(behind, path)
            if task_of(path):
                return self._predictor(behind, FOR_ONE_TARGET.get(path, path))
        raise Unknown(f"`{brief(behind)}` is not an estimator that can be read")

    def _path(self, call: ast.Call) -> str:
        return canonical(self.names.path(call.func) or "")

    # Methods, pipelines, searches

    def _method(self, call: ast.Call, func: ast.Attribute) -> Draft:
        if func.attr not in RETURN_THEMSELVES:
            raise Unknown(f"`{brief(call)}` is not an estimator that can be read")
        draft = self.read(func.value)
        if func.attr == "set_params":
            for key, value in self._keywords(call):
                self._set(draft, key, value)
        return draft

    def _set(self, draft: Draft, written: str, value: ast.expr) -> None:
        key = draft.key(written)
        if key is None:
            self.notes.append(f"set_params: `{written}` is left out, it is not the model's own")
            return
        *outer, name = key.split("__")
        config = inner_config(draft.config, outer)
        if config is not None:
            self._parameter(config, name, value)
            complete_config(config)
        else:
            self.notes.append(f"set_params: `{written}` is left out, it is not known")

    def _pipeline(self, call: ast.Call) -> Draft:
        steps = steps_of(call, self.names)
        if not steps:
            raise Unknown(f"`{brief(call)}` has no steps that can be read")
        *first, (name, model) = steps
        samplers = [node for _, node in first if self._resamples(node)]
        before = [step for step in first if not self._is_left_out(step[1])]
        try:
            draft = self.read(model)
        except Unread as unread:
            raise Unread(unread.path, str(unread), (*before, *unread.before)) from None
        draft.prefixes = [(f"{name}__{old}", new) for old, new in draft.prefixes] + [("", None)]
        draft.before = before + draft.before
        for sampler in samplers:
            self._resampled(draft, sampler)
        return draft

    def _resampled(self, draft: Draft, node: ast.expr) -> None:
        """Fit a draft's classifier to resampled rows, or say that it is not."""
        behind = resolve(node, self.names)
        sampler = self.read_object(behind) if isinstance(behind, ast.Call) else None
        whole = None if sampler is None else resampled(draft.config, sampler)
        if whole is None or task_of(draft.path) != CLASSIFICATION:
            self.notes.append(f"the step `{brief(node)}` resamples rows: left out")
            return
        draft.config = whole
        draft.put_inside(CLASSIFIER)

    def _is_left_out(self, node: ast.expr) -> bool:
        behind = resolve(node, self.names)
        if isinstance(behind, ast.Constant):
            return behind.value in (None, "drop", "passthrough")
        return self._resamples(node)

    def _resamples(self, node: ast.expr) -> bool:
        """Tell whether a step resamples rows."""
        behind = resolve(node, self.names)
        path = (self.names.path(behind.func) if isinstance(behind, ast.Call) else None) or ""
        return path.startswith("imblearn.") and "pipeline" not in path

    def _search(self, call: ast.Call, name: str) -> Draft:
        arguments = [*positional_arguments(call, self.names), *self._keywords(call)]
        given = {SPACE if key in SPACE_PARAMETERS else key: value for key, value in arguments}
        if "estimator" not in given:
            raise Unknown(f"`{brief(call)}` has no estimator")
        draft = self.read(given["estimator"])
        draft.search = read_search(draft, SEARCHES[name], given, self.names)
        return draft

    def _of_one_target(self, call: ast.Call, path: str) -> Draft:
        """Read the estimator that is fitted to each target, of which a repository has one."""
        given = dict([*positional_arguments(call, self.names), *self._keywords(call)])
        inner = given.get("estimator", given.get("base_estimator"))
        if inner is None:
            raise Unread(path, "its `estimator` can't be read from the code")
        try:
            draft = self.read(inner)
        except Unknown as unknown:
            raise Unread(path, f"its `estimator` can't be read: {unknown}") from None
        key = "estimator__" if "estimator" in given else "base_estimator__"
        draft.prefixes = [(key + old, new) for old, new in draft.prefixes] + [("", None)]
        return draft

    # Predictors and their parameters

    def _predictor(self, call: ast.Call, path: str) -> Draft:
        draft = Draft(path, {"_target_": path})
        for name, value in self._arguments(call, draft):
            inner = self._inner(name, value)
            if inner is not None:
                _hold(draft, current_name(path, name) or name, inner)
            elif name in MEMBERS:
                self._take_members(draft, name, value)
            else:
                self._parameter(draft.config, name, value)
        required = REQUIRED.get(stem(path))
        if required and required not in draft.config:
            raise Unread(path, f"its `{required}` can't be read from the code")
        complete_config(draft.config)
        return draft

    def _inner(self, name: str, node: ast.expr) -> Draft | None:
        if name not in INNER_ESTIMATORS:
            return None
        try:
            return self.read(node)
        except Unread:
            raise
        except Unknown:
            return None

    def _take_members(self, draft: Draft, parameter: str, node: ast.expr) -> None:
        """Put the named members of a vote or a stack into its configuration.

        Raises:
            Unread: a member can't be read: without it, the whole would be another model.
        """
        members = []
        try:
            for item in elements(node, self.names):
                name, model = elements(item, self.names)
                label = str(literal(name, self.names))
                config, search = self._member(model)
                members.append([label, config])
                if search:
                    search = search.renamed("", f"{label}__")
                    draft.search = draft.search.and_also(search) if draft.search else search
        except ValueError:  # Unknown is one, and so is an item that is no pair
            why = f"its `{parameter}={brief(node, 40)}` can't be read from the code"
            raise Unread(draft.path, why) from None
        draft.config[parameter] = members

    def _member(self, node: ast.expr) -> tuple[Any, Search | None]:
        """Read a member of a vote or a stack: its configuration, and the search around it."""
        behind = resolve(node, self.names)
        if isinstance(behind, ast.Constant):
            return behind.value, None  # "drop"
        draft = self.read(node)
        before = [(name, self._value(step)) for name, step in draft.before]
        if not before:
            return draft.config, draft.search
        name = stem(draft.path).lower()
        search = draft.search.renamed("", f"{name}__") if draft.search else None
        return pipeline_config([*before, (name, draft.config)]), search

    def _arguments(self, call: ast.Call, draft: Draft | None = None) -> Arguments:
        return positional_arguments(call, self.names) + self._keywords(call, draft)

    def _keywords(self, call: ast.Call, draft: Draft | None = None) -> Arguments:
        """Give a call's keyword arguments, those of `**parameters` among them."""
        found: Arguments = []
        for keyword in call.keywords:
            if keyword.arg:
                found.append((keyword.arg, keyword.value))
            elif draft and self._takes_best(keyword.value, draft):
                continue
            else:
                try:
                    found += entries(keyword.value, self.names)
                except Unknown as unknown:
                    self.notes.append(f"the parameters `**{unknown}` can't be read from the code")
        return found

    def _takes_best(self, node: ast.expr, draft: Draft) -> bool:
        """Tell whether parameters are the best of a search, which becomes the draft's search."""
        node = resolve(node, self.names)
        if not (isinstance(node, ast.Attribute) and node.attr == "best_params_"):
            return False
        try:
            draft.search = self.read(node.value).search
        except Unknown:
            return False
        self.notes.append(f"`**{brief(node)}`: the search is made again")
        return True

    def _parameter(self, config: Config, name: str, node: ast.expr) -> None:
        """Put a parameter into a configuration, if it can be carried over."""
        if name in TECHNICAL:
            return
        path = str(config["_target_"])
        current = current_name(path, name)
        try:
            value = self._value(node)
        except Unknown:
            if current == "random_state":
                config[current] = SEED_REFERENCE
            elif current == PARAMETER and is_class_ratio(node, self.names):
                config[current] = OF_CLASSES
            elif name in INNER_ESTIMATORS or name == FINAL_ESTIMATOR:
                why = f"its `{name}={brief(node)}` can't be read from the code"
                raise Unread(path, why) from None
            elif current:
                text = f"`{name}={brief(node)}` can't be read from the code: left at its default"
                self.notes.append(text)
            return
        if current:
            config[current] = current_value(path, current, value)
        elif name not in NEED_EVALUATION_ROWS and value not in SILENT:
            self.notes.append(f"{class_name(config)} has no parameter `{name}` any more: left out")

    def _value(self, node: ast.expr) -> Any:
        """Read a parameter: a value, another object, or a function's name."""
        node = resolve(node, self.names)
        if isinstance(node, ast.Call):
            made = self.read_object(node)
            if made is not None:
                return made
        try:
            return literal(node, self.names)
        except Unknown:
            if isinstance(node, ast.List | ast.Tuple):
                return [self._value(item) for item in elements(node, self.names)]
            if isinstance(node, ast.Dict):
                return {key: self._value(value) for key, value in entries(node, self.names)}
            path = self.names.path(node)
            if path and path.split(".")[0] in ("numpy", "scipy", "sklearn"):
                return {"_target_": "hydra.utils.get_method", "path": path}
            raise

    def read_object(self, call: ast.Call) -> Config | None:
        """Read an object that is a parameter; None if it is none that Hydra can make."""
        path = self._path(call)
        name = path.rpartition(".")[2]
        if name in PIPELINES:
            return pipeline_config((n, self._value(step)) for n, step in steps_of(call, self.names))
        if name in SEARCHES or path in COPIES or task_of(path) or not path:
            try:
                return self._member(call)[0]  # type: ignore[no-any-return]
            except Unread:
                raise
            except Unknown:
                return None
        if path.split(".")[0] not in PACKAGES or not name[:1].isupper():
            return None
        config: Config = {"_target_": path}
        for key, node in self._arguments(call):
            self._parameter(config, key, node)
        return config


def _hold(draft: Draft, parameter: str, inner: Draft) -> None:
    """Make a predictor a parameter of another one, which takes over its steps and its search."""
    draft.config[parameter] = inner.config
    draft.before += inner.before
    inner.put_inside(f"{parameter}__")
    outer = [(f"{parameter}__{old}", new) for old, new in inner.prefixes]
    draft.prefixes = outer + draft.prefixes
    draft.search = draft.search or inner.search
