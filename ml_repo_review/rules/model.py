"""ML3: what the model is, how it is stored, and how it is judged."""

import ast
from collections.abc import Iterator
from typing import Any

from ml_repo_review.repository import Repository, allowed
from ml_repo_review.rule import Finding, Rule

_PICKLES = ("*.pkl", "*.pickle", "*.joblib", "*.dill", "*.pt", "*.pth", "*.ckpt")
_LOADS = {
    "pickle.load": "pickle",
    "pickle.loads": "pickle",
    "cloudpickle.load": "pickle",
    "dill.load": "dill",
    "dill.loads": "dill",
    "joblib.load": "joblib",
    "sklearn.externals.joblib.load": "joblib",
    "pandas.read_pickle": "pickle",
    "shelve.open": "pickle",
}
_ESTIMATORS = (
    *(f"sklearn.{name}.*" for name in ("ensemble", "linear_model", "naive_bayes", "neighbors")),
    *(f"sklearn.{name}.*" for name in ("neural_network", "svm", "tree", "gaussian_process")),
    *("xgboost.XGB*", "lightgbm.LGBM*", "catboost.CatBoost*"),
)
ROWS = 20  # of a slice, below which its score says little
_OF_AMOUNTS = ("r2", "neg_mean", "neg_median", "neg_root", "max_error", "explained_variance")
_EXPLAIN = ("shap", "lime", "interpret", "eli5", "captum", "alibi")


class NoPickles(Rule):
    """No model in Git is a pickle."""

    code = "ML301"
    reason = "Whoever opens a pickle runs what it holds."
    fix = "`git rm --cached <file>`; save models with skops or ONNX, and keep them with DVC"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the names of files, but not at pointers to what lies elsewhere."""
        for path in repo.matching(*_PICKLES):
            if repo.tree.sizes[path] > 200 or b"git-lfs" not in repo.tree.read(path, 60):
                yield Finding("it is a pickle, which runs code when it is opened", path)


class NoUnsafeLoads(Rule):
    """No code opens pickles."""

    code = "ML302"
    reason = "A file that was swapped is code that runs here."
    fix = "open models with `skops.io.load(file, trusted=[…])`, tensors with `weights_only=True`"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the calls of Python files and notebooks."""
        for path, call, name in repo.calls:
            options = {word.arg: word.value for word in call.keywords}
            if name in _LOADS:
                yield Finding(f"{name} opens a {_LOADS[name]}", path, call.lineno)
            elif name == "torch.load" and _false(options.get("weights_only")):
                yield Finding("torch.load opens a pickle", path, call.lineno)
            elif name == "numpy.load" and _true(options.get("allow_pickle")):
                yield Finding("numpy.load opens a pickle", path, call.lineno)


class ClassIsAllowed(Rule):
    """Estimators are of classes that the policy allows."""

    code = "ML303"
    reason = "Only some classes can be explained, compiled and kept running."
    fix = "choose another `model:` in conf/config.yaml, or ask for a waiver"
    key = "models"

    def applies(self, repo: Repository) -> bool:
        """Only where the policy names classes."""
        return bool(repo.policy.get("models.allowed") or repo.policy.get("models.forbidden"))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at what the configuration chooses, and at what code without one makes."""
        policy = repo.policy
        good, bad = policy.get("models.allowed"), policy.get("models.forbidden", [])
        for path, line, name in _estimators(repo):
            if allowed(name, bad):
                yield Finding(f"{name} ({policy.because('models.forbidden')})", path, line)
            elif good and not allowed(name, good):
                yield Finding(f"{name} ({policy.because('models.allowed')})", path, line)


class HasSeed(Rule):
    """Randomness has a seed."""

    code = "ML304"
    reason = "A score that can't be had again can't be compared."
    fix = "write `seed: 42` into the configuration, and give it to every random_state"
    level = "warning"

    def applies(self, repo: Repository) -> bool:
        """Only code that fits has randomness."""
        return repo.fits

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at configuration and calls."""
        for path in repo.matching("params.yaml", "conf/*.yaml", "config*.yaml"):
            if any("seed" in str(key) or key == "random_state" for key in repo.mapping(path)):
                return
        for _, call, name in repo.calls:
            words = {word.arg or "" for word in call.keywords}
            if words & {"random_state", "seed", "random_seed"} or name.endswith(".seed"):
                return
        yield Finding("no seed is set")


class IsExplained(Rule):
    """A model of a risk class that asks for it says which columns matter."""

    code = "ML305"
    reason = "People may ask why a decision was made."
    fix = "`make pipeline` writes the importance of columns; elsewhere use SHAP"
    key = "models.explained"

    def applies(self, repo: Repository) -> bool:
        """Only in the risk classes that the policy names."""
        return super().applies(repo) and repo.risk in repo.policy.get(self.key)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for importances in reports and code."""
        if repo.mapping("reports/evaluation.json").get("importance"):
            return
        if any("importance" in name or name.startswith(_EXPLAIN) for _, _, name in repo.calls):
            return
        yield Finding(f"its risk class is {repo.risk}, and nothing explains its answers")


class GateMinimum(Rule):
    """The gate asks for at least the policy's scores."""

    code = "ML306"
    reason = "A repository may ask for more than the organisation, never for less."
    fix = "raise `minimum` in conf/gate/default.yaml, then `make params`"
    key = "gate.minimum"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the gate's own minimum; a copy of the policy is held to at the gate itself."""
        stated: dict[str, float] = {}
        where = "conf/gate/default.yaml"
        for path, group in repo.config("gate"):
            if isinstance(group.get("minimum"), dict):
                where = path
                stated |= {k: v for k, v in group["minimum"].items() if _number(v)}
        for metric, least in repo.policy.get(self.key).items():
            if metric in stated and stated[metric] < least:
                yield Finding(f"{metric} may be {stated[metric]}, below {least}", where)
            elif metric not in stated and repo.own_policy is None and _scored(repo, metric):
                yield Finding(f"no gate asks for {metric} of at least {least}", "")


class SlicesAreReported(Rule):
    """Scores are reported for the slices that the policy names."""

    code = "ML307"
    reason = "A mean hides whom a model fails."
    fix = "add the column to `evaluate.slices` in conf/config.yaml, then `make params pipeline`"
    key = "gate.slices"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the configuration with the columns of the table."""
        evaluate = repo.mapping("conf/config.yaml").get("evaluate")
        stated = evaluate.get("slices") if isinstance(evaluate, dict) else None
        for column in repo.policy.get(self.key):
            if column in repo.columns and column not in (stated or []):
                yield Finding(f"no scores by {column}", "conf/config.yaml")


class ScoresReach(Rule):
    """The committed scores reach the policy's minimum."""

    code = "ML308"
    reason = "What was good enough once may not be today."
    fix = "train a better model, `make promote`, and commit"
    key = "gate.minimum"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare reports/metrics.json."""
        scores = repo.mapping("reports/metrics.json")
        for metric, least in repo.policy.get(self.key).items():
            if _number(found := scores.get(metric)) and found < least:
                yield Finding(f"{metric} is {found:.4f}, below {least}", "reports/metrics.json")


class SliceGap(Rule):
    """The committed scores of slices lie no further apart than the policy allows."""

    code = "ML309"
    reason = "All are owed a model that works."
    fix = "look at the slice in reports/evaluation.json; more of its rows, or other features"
    key = "gate.slice_gap"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the slices of reports/evaluation.json in the gate's metric."""
        path = "reports/evaluation.json"
        slices = repo.mapping(path).get("slices")
        evaluate = repo.mapping("params.yaml").get("evaluate")
        metric = evaluate.get("metric") if isinstance(evaluate, dict) else None
        for column, values in slices.items() if isinstance(slices, dict) else ():
            each = values.values() if isinstance(values, dict) else ()
            scores = [
                one[metric]
                for one in each
                if isinstance(one, dict) and metric in one and one.get("rows", ROWS) >= ROWS
            ]
            scores = [one for one in scores if _number(one)]
            if scores and max(scores) - min(scores) > repo.policy.get(self.key):
                gap = max(scores) - min(scores)
                yield Finding(f"{metric} differs by {gap:.4f} between values of {column}", path)


def _estimators(repo: Repository) -> Iterator[tuple[str, int, str]]:
    """Give each estimator that is configured, or else made in code, with its place."""
    chosen = repo.mapping("params.yaml").get("model")
    found = [name for name in _targets(chosen) if not name.startswith("sklearn.preprocessing")]
    if found:
        yield from (("params.yaml", 1, name) for name in found)
        return
    for path, call, name in repo.calls:
        parts = name.split(".")
        public = ".".join(part for part in parts if not part.startswith("_"))
        if allowed(public, list(_ESTIMATORS)) and parts[-1][:1].isupper():
            yield path, call.lineno, public


def _targets(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict) and depth < 20:
        if isinstance(value.get("_target_"), str):
            yield value["_target_"]
        for each in value.values():
            yield from _targets(each, depth + 1)
    elif isinstance(value, list) and depth < 20:
        for each in value:
            yield from _targets(each, depth + 1)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scored(repo: Repository, metric: str) -> bool:
    """Tell whether a score of this name is one of the repository's task, as far as it is told."""
    if scores := repo.mapping("reports/metrics.json"):
        return metric in scores
    data = repo.mapping("params.yaml").get("data")
    task = data.get("task") if isinstance(data, dict) else None
    return task is None or (task == "regression") == metric.startswith(_OF_AMOUNTS)


def _true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


RULES = (
    NoPickles,
    NoUnsafeLoads,
    ClassIsAllowed,
    HasSeed,
    IsExplained,
    GateMinimum,
    SlicesAreReported,
    ScoresReach,
    SliceGap,
)
