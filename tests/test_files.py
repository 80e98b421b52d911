"""Every rendered file: that it is there, that it parses, and that no template noise is left."""

import ast
import json
import re
import tomllib
from pathlib import Path, PurePath

import pytest
import yaml

from tests.rendered import EXAMPLES, Rendered, RenderedRepo, render

REPOS = ["starter", "binary", "regression", "penguins", "tumours"]
IDEAS = ("notebooks/penguins.ipynb", "notebooks/tumours.py")  # they stay as they came


@pytest.fixture(scope="session")
def penguins(rendered: Rendered) -> RenderedRepo:
    """Give the repo of a notebook that reads a file."""
    notebook = EXAMPLES / "penguins" / "penguins.ipynb"
    return rendered("penguins", notebook=str(notebook))


@pytest.fixture(scope="session")
def tumours(rendered: Rendered) -> RenderedRepo:
    """Give the repo of a script that reads no file, has a pipeline and an open search."""
    notebook = EXAMPLES / "tumours" / "tumours.py"
    return rendered("tumours", notebook=str(notebook))


@pytest.fixture(scope="session", params=REPOS)
def repo(request: pytest.FixtureRequest) -> RenderedRepo:
    """Give each of the shared renders."""
    rendered: RenderedRepo = request.getfixturevalue(request.param)
    return rendered


def tracked(repo: RenderedRepo) -> dict[str, str]:
    """Give the text of every file that is in Git, but the person's notebook."""
    names = repo.run("git", "ls-files", "-z").stdout.split("\0")
    return {name: repo.read(name) for name in names if name and name not in IDEAS}


def test_no_template_noise(repo: RenderedRepo) -> None:
    for name, text in tracked(repo).items():
        # A workflow's own ${{ expressions }} are the only braces that may stay.
        left = re.search(r"(?<!\$)\{\{|\{%|\{#", text)
        assert not left, f"{name}: {text[left.start() :][:60]!r}"
        if "${{" in text:
            assert name.startswith(".github/"), name
        for path in PurePath(name).parts:
            assert "{" not in path


def test_no_blank_noise(repo: RenderedRepo) -> None:
    for name, text in tracked(repo).items():
        if not text:
            continue
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert not text.startswith("\n"), name
        assert "\n\n\n\n" not in text, name
        if PurePath(name).suffix not in (".py", ".md"):
            assert "\n\n\n" not in text, name
        assert "\r" not in text, name
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip(), f"{name}:{number}"


def test_everything_parses(repo: RenderedRepo) -> None:
    for name, text in tracked(repo).items():
        match PurePath(name).suffix:
            case ".yaml" | ".yml" | ".dvc":
                list(yaml.safe_load_all(text))
            case ".toml":
                tomllib.loads(text)
            case ".json":
                json.loads(text)
            case ".ipynb":
                assert json.loads(text)["cells"]
            case ".py":
                ast.parse(text, name)


def test_nothing_names_the_template(repo: RenderedRepo) -> None:
    for name, text in tracked(repo).items():
        assert "cookiecutter" not in text.lower() or name == "README.md", name


def test_links_between_documents_lead_somewhere(repo: RenderedRepo) -> None:
    left_by_a_run = {"reports/report.html"}
    for name in repo.files():
        if not name.endswith(".md"):
            continue
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", repo.read(name)):
            path = (repo.path / name).parent.joinpath(target).resolve()
            place = path.relative_to(repo.path.resolve()).as_posix()
            assert path.exists() or place in left_by_a_run, (name, target)


def test_files_of_each_task(
    starter: RenderedRepo, binary: RenderedRepo, regression: RenderedRepo
) -> None:
    assert set(starter.files()) - set(binary.files()) == {
        "conf/data/penguins.yaml",
        "data/raw/penguins.csv",
        "data/raw/penguins.csv.dvc",
    }
    for name, classes in (("linear", False), ("logistic", True)):
        assert binary.has(f"conf/model/{name}.yaml") is classes
        assert starter.has(f"conf/model/{name}.yaml") is classes
        assert regression.has(f"conf/model/{name}.yaml") is not classes


def test_hygiene_leaves_the_person_s_notebook_alone(
    tmp_path: Path, notebook: Path, starter: RenderedRepo
) -> None:
    # A notebook that fits nothing lies beside the table, which is named for itself.
    table = str(EXAMPLES / "penguins" / "penguins.csv")
    repo = render(tmp_path / "out", notebook=str(notebook), dataset=table, target="species")
    (placed,) = set(repo.files()) - set(starter.files())
    assert PurePath(placed).parent.name == "notebooks"
    assert f"':!{placed}'" in repo.read("Makefile")


def test_exactly_these_files(starter: RenderedRepo) -> None:
    assert starter.files() == FILES.split()


def test_a_notebook_adds_exactly_these_files(
    starter: RenderedRepo, penguins: RenderedRepo, tumours: RenderedRepo
) -> None:
    few = {"conf/model/logistic_regression.yaml", "conf/model/k_neighbors.yaml"}
    few |= {"conf/model/decision_tree.yaml", "notebooks/penguins.ipynb", "tests/sample.csv"}
    assert set(penguins.files()) - set(starter.files()) == {*OF_A_NOTEBOOK.split(), *few}
    assert set(starter.files()) - set(penguins.files()) == set(OF_A_TABLE.split())
    few = {"conf/data/breast_cancer.yaml", "conf/model/svc.yaml", "conf/features/notebook.yaml"}
    few |= {"conf/search/notebook.yaml", "notebooks/tumours.py"}
    assert set(tumours.files()) - set(starter.files()) == {*OF_A_NOTEBOOK.split(), *few}
    assert not [name for name in tumours.files() if name.startswith("data/")]


OF_A_TABLE = """
src/my_model/data/cells.py
src/my_model/experiments/candidates.py
src/my_model/stages/formats.py
tests/data/test_cells.py
tests/data/test_pieces.py
tests/experiments/test_candidates.py
"""

OF_A_NOTEBOOK = """
docs/from-the-notebook.md
notebooks/parity.yaml
src/my_model/parity/__init__.py
src/my_model/parity/birth.py
src/my_model/parity/capture.py
src/my_model/parity/cells.py
src/my_model/parity/check.py
src/my_model/parity/compare.py
src/my_model/parity/estimators.py
src/my_model/parity/notebook.py
src/my_model/parity/replay.py
src/my_model/parity/scores.py
src/my_model/parity/script.py
src/my_model/parity/surroundings.py
src/my_model/runtime/light/__init__.py
src/my_model/runtime/light/columns.py
src/my_model/runtime/light/constants.py
src/my_model/runtime/light/features.py
src/my_model/runtime/light/functions.py
src/my_model/runtime/light/steps.py
src/my_model/runtime/light/tables.py
src/my_model/runtime/light/texts.py
src/my_model/runtime/light/times.py
src/my_model/steps/replay.py
src/my_model/steps/run_cells.py
tests/parity/test_check.py
tests/runtime/test_light.py
"""

FILES = """
.devcontainer/devcontainer.json
.dockerignore
.dvc/config
.dvcignore
.editorconfig
.gitattributes
.github/CODEOWNERS
.github/ISSUE_TEMPLATE/bug.yml
.github/ISSUE_TEMPLATE/config.yml
.github/ISSUE_TEMPLATE/prediction.yml
.github/PULL_REQUEST_TEMPLATE.md
.github/SECURITY.md
.github/dependabot.yml
.github/protect.sh
.github/rulesets/main.json
.github/rulesets/registry.json
.github/template.sh
.github/workflows/cd.yml
.github/workflows/ci.yml
.github/workflows/ct.yml
.github/workflows/template.yml
.gitignore
.pre-commit-config.yaml
AGENTS.md
Dockerfile
LICENSE
MLproject
Makefile
README.md
compose.yaml
conf/compute/dask.yaml
conf/compute/local.yaml
conf/compute/ray.yaml
conf/config.yaml
conf/data/penguins.yaml
conf/features/default.yaml
conf/features/none.yaml
conf/gate/default.yaml
conf/model/dummy.yaml
conf/model/hist_gradient_boosting.yaml
conf/model/lightgbm.yaml
conf/model/logistic.yaml
conf/model/random_forest.yaml
conf/model/xgboost.yaml
conf/monitoring/default.yaml
conf/predict.yaml
conf/registry/git.yaml
conf/registry/mlflow.yaml
conf/registry/wandb.yaml
conf/retraining/default.yaml
conf/search/grid.yaml
conf/search/halving.yaml
conf/search/none.yaml
conf/search/optuna.yaml
conf/search/random.yaml
conf/serving/default.yaml
conf/tracking/mlflow.yaml
conf/tracking/none.yaml
conf/tracking/wandb.yaml
data/raw/penguins.csv
data/raw/penguins.csv.dvc
deploy/README.md
deploy/alertmanager/alertmanager.yaml
deploy/deploy.sh
deploy/grafana/dashboard.json
deploy/grafana/datasource.yaml
deploy/grafana/provider.yaml
deploy/kubernetes/base/autoscaler.yaml
deploy/kubernetes/base/deployment.yaml
deploy/kubernetes/base/disruption-budget.yaml
deploy/kubernetes/base/kustomization.yaml
deploy/kubernetes/base/network-policy.yaml
deploy/kubernetes/base/service-account.yaml
deploy/kubernetes/base/service.yaml
deploy/kubernetes/overlays/production/kustomization.yaml
deploy/kubernetes/overlays/staging/kustomization.yaml
deploy/prometheus/prometheus.yaml
deploy/prometheus/rules.yaml
deploy/prometheus/rules_test.yaml
deploy/targets/compose.sh
deploy/targets/kubernetes.sh
docs/experiments.md
docs/github.md
docs/images.md
docs/mlflow.md
docs/pipeline.md
docs/retraining.md
docs/security.md
docs/serving.md
docs/signing.md
docs/watching.md
dvc.yaml
environment.yml
notebooks/README.md
notebooks/report.ipynb
params.yaml
pyproject.toml
src/my_model/__init__.py
src/my_model/app/__init__.py
src/my_model/app/attributions.py
src/my_model/app/charts.py
src/my_model/app/form.py
src/my_model/app/page.py
src/my_model/app/page_state.py
src/my_model/app/uploads.py
src/my_model/data/__init__.py
src/my_model/data/casting.py
src/my_model/data/cells.py
src/my_model/data/pieces.py
src/my_model/data/schema.py
src/my_model/data/tables.py
src/my_model/experiments/__init__.py
src/my_model/experiments/__main__.py
src/my_model/experiments/candidates.py
src/my_model/experiments/compute.py
src/my_model/experiments/partitions.py
src/my_model/experiments/search.py
src/my_model/features.py
src/my_model/model/__init__.py
src/my_model/model/metrics.py
src/my_model/model/model_file.py
src/my_model/model/pipeline.py
src/my_model/model/preprocess.py
src/my_model/model/resampling.py
src/my_model/model/trusted_types.py
src/my_model/monitoring/__init__.py
src/my_model/monitoring/ab.py
src/my_model/monitoring/columns.py
src/my_model/monitoring/compare.py
src/my_model/monitoring/drift.py
src/my_model/monitoring/drift_report.py
src/my_model/monitoring/drift_result.py
src/my_model/monitoring/journal.py
src/my_model/monitoring/log_file.py
src/my_model/monitoring/prediction_log.py
src/my_model/monitoring/quality.py
src/my_model/monitoring/reason.py
src/my_model/monitoring/reference.py
src/my_model/monitoring/request_ids.py
src/my_model/monitoring/settings.py
src/my_model/monitoring/store.py
src/my_model/packing/__init__.py
src/my_model/packing/candidate.py
src/my_model/packing/opening.py
src/my_model/packing/signature.py
src/my_model/predict.py
src/my_model/prepare.py
src/my_model/registry/__init__.py
src/my_model/registry/commands.py
src/my_model/registry/gate.py
src/my_model/registry/in_git.py
src/my_model/registry/in_mlflow.py
src/my_model/registry/in_wandb.py
src/my_model/registry/serve_mlflow.py
src/my_model/registry/sign.py
src/my_model/reporting/__init__.py
src/my_model/reporting/changes.py
src/my_model/reporting/plots.py
src/my_model/reporting/summary.py
src/my_model/retraining/__init__.py
src/my_model/retraining/attempt.py
src/my_model/retraining/fetch.py
src/my_model/retraining/propose.py
src/my_model/retraining/reasons.py
src/my_model/retraining/receiver.py
src/my_model/retraining/record.py
src/my_model/retraining/report.py
src/my_model/retraining/retrain.py
src/my_model/retraining/settings.py
src/my_model/runtime/__init__.py
src/my_model/runtime/adaptive.py
src/my_model/runtime/base.py
src/my_model/runtime/batch.py
src/my_model/runtime/boosters.py
src/my_model/runtime/compiled.py
src/my_model/runtime/encoder.py
src/my_model/runtime/encoding.py
src/my_model/runtime/estimators.py
src/my_model/runtime/export.py
src/my_model/runtime/graphs.py
src/my_model/runtime/pack.py
src/my_model/runtime/pipeline.py
src/my_model/runtime/rows.py
src/my_model/runtime/served_model.py
src/my_model/runtime/trees.py
src/my_model/serving/__init__.py
src/my_model/serving/__main__.py
src/my_model/serving/answering.py
src/my_model/serving/app.py
src/my_model/serving/completion.py
src/my_model/serving/connection.py
src/my_model/serving/docs.py
src/my_model/serving/drain.py
src/my_model/serving/fetch.py
src/my_model/serving/follow.py
src/my_model/serving/guard.py
src/my_model/serving/http.py
src/my_model/serving/log.py
src/my_model/serving/metrics.py
src/my_model/serving/more_routes.py
src/my_model/serving/openapi.py
src/my_model/serving/predict.py
src/my_model/serving/serve.py
src/my_model/serving/settings.py
src/my_model/serving/smoke.py
src/my_model/serving/state.py
src/my_model/stages/__init__.py
src/my_model/stages/columns.py
src/my_model/stages/describe.py
src/my_model/stages/evaluate.py
src/my_model/stages/findings.py
src/my_model/stages/formats.py
src/my_model/stages/ingest.py
src/my_model/stages/noticed.py
src/my_model/stages/report.py
src/my_model/stages/split.py
src/my_model/stages/train.py
src/my_model/stages/validate.py
src/my_model/steps/__init__.py
src/my_model/tools/__init__.py
src/my_model/tools/advisories.py
src/my_model/tools/command.py
src/my_model/tools/config.py
src/my_model/tools/dvc.py
src/my_model/tools/errors.py
src/my_model/tools/files.py
src/my_model/tools/git.py
src/my_model/tools/markdown.py
src/my_model/tools/params.py
src/my_model/tools/paths.py
src/my_model/tracking/__init__.py
src/my_model/tracking/with_mlflow.py
src/my_model/tracking/with_wandb.py
tests/app/test_app.py
tests/conftest.py
tests/data/test_cells.py
tests/data/test_data.py
tests/data/test_pieces.py
tests/experiments/test_candidates.py
tests/experiments/test_compute.py
tests/experiments/test_multirun.py
tests/experiments/test_search.py
tests/model/test_model.py
tests/monitoring/test_ab.py
tests/monitoring/test_drift.py
tests/monitoring/test_journal.py
tests/monitoring/test_log_file.py
tests/monitoring/test_reason.py
tests/packing/test_opening.py
tests/packing/test_signature.py
tests/registry/test_gate.py
tests/registry/test_in_mlflow.py
tests/registry/test_in_wandb.py
tests/registry/test_registry.py
tests/reporting/test_changes.py
tests/reporting/test_plots.py
tests/retraining/test_receiver.py
tests/retraining/test_retrain.py
tests/rows.py
tests/runtime/test_export.py
tests/runtime/test_rows.py
tests/runtime/test_served_model.py
tests/serving/test_fetch.py
tests/serving/test_service.py
tests/serving/test_smoke.py
tests/stages/test_noticed.py
tests/stages/test_report.py
tests/stages/test_rows.py
tests/test_advisories.py
tests/test_config.py
tests/test_dvc.py
tests/test_features.py
tests/test_pipeline.py
tests/test_predict.py
tests/test_steps.py
tests/tracking/test_with_mlflow.py
tests/tracking/test_with_wandb.py
"""
