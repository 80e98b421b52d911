"""What people do with a rendered repo, in the order in which they do it, for each kind of target.

One is set up for real, in an environment of its own, by its own `make setup`, and is trained as it
was rendered. The other is lent one, and spends less. The starter's story, of a target with several
classes, is in test_github.py.
"""

import json

import pytest

from tests.at_work import quicken
from tests.environment import lend
from tests.rendered import EXAMPLES, RenderedRepo, render
from tests.served import serving
from tests.warm import put_warm_python

KIND_MATTERS = (
    "data model runtime serving/test_service.py monitoring/test_drift.py registry/test_gate.py"
    " reporting/test_plots.py stages/test_rows.py"
    " test_features.py test_pipeline.py test_predict.py"
).split()


@pytest.fixture(scope="class")
def repo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Render the class's repo and set it up."""
    found = render(tmp_path_factory.mktemp("lifecycle"), **request.cls.answers)
    if request.cls.lent:
        lend(request.getfixturevalue("environment"), found)
        quicken(found, model=False)
        found.run("make", "params", "data/schema.yaml")
    else:
        found.run("make", "setup")
        request.getfixturevalue("environment")  # whose Python is warm
        put_warm_python(found.path / ".venv")
    return found


@pytest.fixture(scope="class")
def trained(repo: RenderedRepo) -> RenderedRepo:
    """Run the pipeline and commit it, as people do: through the Git hooks."""
    found = repo.run("make", "pipeline")
    assert "Next: git add -A && git commit" in found.stdout
    commit(repo, "Train")
    return repo


def commit(repo: RenderedRepo, message: str) -> None:
    repo.run("git", "add", "--all")
    repo.run("git", "commit", "--message", message)


def status(repo: RenderedRepo) -> list[str]:
    return repo.run("git", "status", "--porcelain").stdout.splitlines()


def stages(repo: RenderedRepo) -> dict[str, str]:
    """Tell which version is in which stage, as `make models` prints it."""
    rows = [line.split("│") for line in repo.run("make", "models").stdout.splitlines()]
    return {row[1].strip(): row[2].strip() for row in rows if len(row) > 3}


class Lifecycle:
    """The story; the classes below tell it for one kind of target each."""

    answers: dict[str, str]
    lent = False

    def test_it_is_clean_from_birth(self, repo: RenderedRepo) -> None:
        before = repo.contents_of_git()
        repo.run("make", "lint", "type")
        repo.run(".venv/bin/pre-commit", "run", "--all-files")
        assert repo.contents_of_git() == before

    def test_its_own_tests_pass(self, repo: RenderedRepo) -> None:
        # Those that a kind of target makes a difference to: test_github.py runs all of them.
        files = " ".join(f"tests/{name}" for name in KIND_MATTERS)
        options = {"PYTEST_ADDOPTS": f"-m 'not slow' {files}"}
        found = repo.run("make", "test", check=False, env=options)
        assert found.returncode == 0, found.stdout[-5000:]

    def test_help_lists_every_target(self, repo: RenderedRepo) -> None:
        listed = repo.run("make", "help").stdout
        for target in "setup pipeline explore promote rollback models remote check".split():
            assert f"make {target} " in listed

    def test_the_pipeline_beats_the_baseline(self, trained: RenderedRepo) -> None:
        metrics = json.loads(trained.read("reports/metrics.json"))
        details = json.loads(trained.read("reports/evaluation.json"))
        name = "r2" if "r2" in metrics else "balanced_accuracy"
        assert metrics[name] > details["baseline"][name] + 0.1

    def test_a_second_run_without_change_runs_no_stage(self, trained: RenderedRepo) -> None:
        found = trained.run("make", "pipeline")
        assert "Running stage" not in found.stdout
        assert status(trained) == []

    def test_bad_data_stops_at_validate_and_leaves_what_was_there(
        self, trained: RenderedRepo
    ) -> None:
        (table,) = (p for p in (trained.path / "data" / "raw").iterdir() if p.suffix == ".csv")
        good, model = table.read_bytes(), trained.path / "models" / "candidate" / "pipeline.skops"
        before = model.read_bytes()
        header, first, rest = good.decode().split("\n", 2)
        name = header.split(",")[1]
        table.write_text("\n".join([header, ",".join("-999999" for _ in first.split(",")), rest]))
        found = trained.run("make", "pipeline", check=False)
        table.write_bytes(good)
        assert found.returncode != 0
        assert "breaks data/schema.yaml" in found.stderr
        assert name in found.stderr
        assert "row 0 is" in found.stderr
        assert "Traceback" not in found.stderr
        assert model.read_bytes() == before
        trained.run("make", "pipeline")
        trained.run("git", "checkout", "--quiet", ".")

    def test_from_promotion_to_rollback(self, trained: RenderedRepo) -> None:
        promoted = trained.run("make", "promote")
        assert "v0.0.1 is in production" in promoted.stdout
        assert stages(trained) == {"v0.0.1": "production"}
        assert trained.run("git", "tag").stdout.split() == [
            f"{trained.path.name}#production#1",
            f"{trained.path.name}@v0.0.1",
        ]

        # A worse model is refused, and nothing else happens.
        config = trained.path / "conf" / "config.yaml"
        choice = config.read_text()
        config.write_text(choice.replace("model: random_forest", "model: dummy"))
        trained.run("make", "pipeline")
        commit(trained, "Try a model that looks at nothing")
        refused = trained.run("make", "promote", check=False)
        assert refused.returncode != 0
        assert "is not better than the baseline" in refused.stderr
        assert "is worse than production" in refused.stderr
        assert stages(trained) == {"v0.0.1": "production"}

        # One that is as good takes its place, and goes again.
        config.write_text(choice)
        forest = trained.path / "conf" / "model" / "random_forest.yaml"
        forest.write_text(forest.read_text().replace("n_estimators: 200", "n_estimators: 220"))
        trained.run("make", "pipeline")
        commit(trained, "Grow more trees")
        judged = trained.run("make", "promote")
        assert "as good as production" in judged.stdout
        assert stages(trained) == {"v0.0.1": "archived", "v0.0.2": "production"}
        trained.run("make", "rollback")
        assert stages(trained) == {"v0.0.1": "production", "v0.0.2": "archived"}

    def test_the_service_answers_with_what_was_promoted(self, trained: RenderedRepo) -> None:
        (row,) = json.loads(trained.read("models/candidate/example.json"))
        with serving(trained) as service:
            told = service.get("/model").json
            answer = service.post(row).json
        assert (told["version"], told["stage"]) == (answer["model_version"], "production")
        assert told["runtime"] == "onnx"
        packed = json.loads(trained.read("models/served/answer.json"))
        assert answer["predictions"] == [packed]
        assert {"interval"} == packed.keys() - {"prediction"} or len(packed["probabilities"]) > 1

    def test_what_people_read_is_there(self, trained: RenderedRepo) -> None:
        pictures = {path.name for path in (trained.path / "reports" / "plots").glob("*.png")}
        assert "importance.png" in pictures
        assert len(pictures) >= 3
        assert "<h2" in trained.read("reports/report.html")
        card = trained.read("models/candidate/README.md")
        assert "## How well it does" in card
        assert trained.read("models/candidate/requirements.txt").count("==") > 10


@pytest.mark.slow
class TestBinary(Lifecycle):
    answers = {
        "project_name": 'Rain "tomorrow"? – 明日の雨',
        "dataset": str(EXAMPLES / "seattle-rain" / "seattle_rain.csv"),
        "target": "rain_tomorrow",
    }

    def test_setting_up_adds_a_lock_file_and_a_schema(self, repo: RenderedRepo) -> None:
        written = {"?? data/schema.yaml", "?? uv.lock", " M conf/config.yaml"}
        assert set(status(repo)) <= written
        assert repo.has("uv.lock")
        assert "model: random_forest # " in repo.read("conf/config.yaml")
        again = repo.run("make", "setup")
        assert "Next: make pipeline" in again.stdout


@pytest.mark.slow
class TestRegression(Lifecycle):
    answers = {
        "project_name": "An Odd Project with a Name as Long as They Get",
        "dataset": str(EXAMPLES / "cars" / "cars.csv"),
        "target": "miles_per_gallon",
    }
    lent = True
