"""Runs that students don't see, by hand and with autologging."""

METRICS = {"accuracy": 0.75, "roc_auc": None, "neg_log_loss": -0.5}
SETTINGS = {
    "name": "ships",
    "seed": 7,
    "data": {"path": "data/raw/ships.csv", "split": {"kind": "random", "test_size": 0.25}},
    "model": {"name": "logistic", "estimator": {"C": 0.5, "random_state": "${seed}"}},
    "space": {},
}


def plain(part, metrics, settings):
    """Give a run's scores, its parameters, and these as a flat dict."""
    from omegaconf import OmegaConf

    metrics = {name: float("nan") if v is None else v for name, v in metrics.items()}
    cfg = OmegaConf.create(settings)
    run = part("tracking").Run(cfg, metrics, {}, None, None, {}, None, None)
    params = run.params
    flat = dict(part("tracking.with_mlflow").flat(params))
    return [run.scores, params, type(params["model"]).__name__, flat]


def in_wandb(part, metrics, settings, modes):
    """Record a model offline in each mode (whether with autologging); give what W&B has then."""
    import base64
    import json
    import struct
    import time
    from contextlib import chdir
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from omegaconf import OmegaConf
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    from wandb.proto import wandb_internal_pb2

    start = Path.cwd()
    data = part("data.schema")
    kinds = {"a": "number", "b": "number", "y": "category"}
    columns = tuple(data.Column(name, kind) for name, kind in kinds.items())
    schema = data.Schema("y", "binary", columns)
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60)})
    rows["y"] = np.where(rows["a"] + rng.normal(size=60) > 0, "yes", "no")
    model = Pipeline([("scale", StandardScaler()), ("estimator", LogisticRegression(C=0.5))])
    model.fit(rows[["a", "b"]][:20], rows["y"][:20])
    before = model[-1].coef_.tolist()
    folder, plots = start / "model", start / "plots"
    folder.mkdir()
    plots.mkdir()
    part("model.model_file").save_pipeline(model, folder / "pipeline.skops")
    schema.save(folder / "schema.yaml")
    picture = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        "rkJggg=="
    )
    (plots / "curve.png").write_bytes(base64.b64decode(picture))
    (plots / "curve.csv").write_text("x\n1\n", encoding="utf-8")
    part("packing").write_hashes(folder)
    part("packing.opening").open_pipeline = lambda *_: model  # a process of its own takes seconds
    metrics = {name: float("nan") if v is None else v for name, v in metrics.items()}
    details = {"baseline": {"accuracy": 0.5}, "intervals": {"accuracy": [0.7, 0.8]}}
    versions = {"code": "c0de", "data": "da7a", "packages": {"pandas": "3"}}
    cfg = OmegaConf.create(settings)
    run = part("tracking").Run(
        cfg, metrics, details, plots, folder, versions, rows[20:40], rows[40:]
    )

    def records(content):
        """The records of a log: in blocks of 32 KiB, which cut long ones into parts."""
        place, whole = 7, b""
        while place + 7 <= len(content):
            left = 2**15 - place % 2**15
            if left < 7:
                place += left
                continue
            _, length, kind = struct.unpack_from("<IHB", content, place)
            part_of_it = content[place + 7 : place + 7 + length]
            place += 7 + length
            whole = part_of_it if kind in (1, 2) else whole + part_of_it
            if kind in (1, 4):
                yield wandb_internal_pb2.Record.FromString(whole)

    def values(items):
        return {
            item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items
        }

    found = []
    for mode in modes:
        work = start / str(mode)
        work.mkdir()
        with chdir(work):
            part("tracking.with_wandb").log_run(run, "ships", "offline", mode)
        told = {"runs": 0, "ended": False, "config": {}, "summary": {}, "logged": []}
        told["artifacts"] = []
        until = time.monotonic() + 20  # W&B writes in a process of its own
        while not told["ended"] and time.monotonic() < until:
            files = list(work.glob("wandb/offline-run-*/*.wandb"))
            told["runs"] = len(files)
            for record in (r for file in files for r in records(file.read_bytes())):
                which = record.WhichOneof("record_type")
                if which == "run":
                    told["config"] |= values(record.run.config.update)
                elif which == "config":
                    told["config"] |= values(record.config.update)
                elif which == "summary":
                    told["summary"] |= values(record.summary.update)
                elif which == "history":
                    told["logged"] += values(record.history.item)
                elif which == "artifact":
                    told["artifacts"].append([record.artifact.type, *record.artifact.aliases])
                told["ended"] |= which == "exit"
            time.sleep(0.05)
        told["logged"] = sorted({name for name in told["logged"] if name[0] != "_"})
        told["fitted again"] = model[-1].coef_.tolist() != before
        found.append(told)
    return found


def in_mlflow(part, metrics, settings, modes):
    """Record a model in each mode (whether with autologging); give what MLflow has then."""
    import os
    from pathlib import Path

    os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    import mlflow
    import numpy as np
    import pandas as pd
    from omegaconf import OmegaConf
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    start = Path.cwd()
    data, files = part("data.schema"), part("tools.files")
    kinds = {"a": "number", "b": "number", "y": "category"}
    columns = tuple(data.Column(name, kind) for name, kind in kinds.items())
    schema = data.Schema("y", "binary", columns)
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60)})
    rows["y"] = np.where(rows["a"] + rng.normal(size=60) > 0, "yes", "no")
    X = rows[["a", "b"]]

    model = Pipeline([("scale", StandardScaler()), ("estimator", LogisticRegression(C=0.5))])
    model.fit(X[:20], rows["y"][:20])
    before = model[-1].coef_.tolist()
    folder, plots = start / "model", start / "plots"
    plots.mkdir()
    folder.mkdir()
    part("model.model_file").save_pipeline(model, folder / "pipeline.skops")
    schema.save(folder / "schema.yaml")
    files.write_json(folder / "example.json", [{"a": 1.0, "b": 2.0}])
    files.write_text(folder / "requirements.txt", "scikit-learn\n")
    (plots / "curve.csv").write_text("x\n1\n", encoding="utf-8")
    part("packing").write_hashes(folder)
    part("packing.opening").open_pipeline = lambda *_: model  # a process of its own takes seconds
    metrics = {name: float("nan") if v is None else v for name, v in metrics.items()}
    details = {"baseline": {"accuracy": 0.5}, "intervals": {"accuracy": [0.7, 0.8]}}
    versions = {"code": "c0de", "data": "da7a"}
    cfg = OmegaConf.create(settings)
    run = part("tracking").Run(
        cfg, metrics, details, plots, folder, versions, rows[20:40], rows[40:]
    )

    def names(client, number, path=None):
        for each in client.list_artifacts(number, path):
            yield from names(client, number, each.path) if each.is_dir else [each.path]

    found = []
    for mode in modes:
        uri = (start / f"runs-{mode}").as_uri()
        part("tracking.with_mlflow").log_run(run, "ships", uri, mode)
        client = mlflow.MlflowClient(uri)
        runs = mlflow.search_runs(search_all_experiments=True, output_format="list")
        told = {"runs": len(runs), "experiment": None, "params": {}, "metrics": {}, "tags": {}}
        told |= {"files": [], "models": []}
        for one in runs:
            told["experiment"] = client.get_experiment(one.info.experiment_id).name
            told["params"] |= one.data.params
            told["metrics"] |= one.data.metrics
            told["tags"] |= one.data.tags
            told["files"] += names(client, one.info.run_id)
            kept = mlflow.search_logged_models([one.info.experiment_id], output_format="list")
            for each in kept:
                about = mlflow.models.get_model_info(each.model_uri)
                again = mlflow.sklearn.load_model(each.model_uri)
                same = again[-1].coef_.tolist() == before
                signed = about.signature is not None
                told["models"].append([signed, about.saved_input_example_info is not None, same])
        told["fitted again"] = model[-1].coef_.tolist() != before
        LogisticRegression().fit(X, rows["y"])
        after = mlflow.search_runs(search_all_experiments=True, output_format="list")
        told["runs of others"] = len(after) - len(runs)
        found.append(told)
    return found


def test_what_trackers_are_told(team):
    """Scores are numbers, parameters are plain, resolved, and flat where that is asked for."""
    scores, params, kind, flat = team.ask(plain, METRICS, SETTINGS)
    expected = {"accuracy": 0.75, "neg_log_loss": -0.5}
    assert scores == expected, f"expected {expected}, found {scores}"
    assert params["model"]["estimator"] == {"C": 0.5, "random_state": 7}, f"found {params['model']}"
    assert kind == "dict", f"expected a dict within the parameters, found a {kind}"
    wanted = {
        "seed": 7,
        "data.split.test_size": 0.25,
        "model.estimator.C": 0.5,
        "model.estimator.random_state": 7,
    }
    for name, value in wanted.items():
        assert flat.get(name) == value, f"expected {name} to be {value}, found {flat.get(name)}"


def test_mlflow_by_hand_and_by_itself(team):
    """MLflow has one run and one model, which say all; autologging adds, and changes nothing."""
    by_hand, by_itself = team.ask(in_mlflow, METRICS, SETTINGS, [False, True])
    for told, mode in ((by_hand, "by hand"), (by_itself, "with autologging")):
        assert told["runs"] == 1, f"{mode}: expected one run, found {told['runs']}"
        assert told["experiment"] == "ships", f"{mode}: expected ships, found {told['experiment']}"
        for name, value in {"accuracy": 0.75, "neg_log_loss": -0.5}.items():
            found = told["metrics"].get(name)
            assert found == value, f"{mode}: expected {name} to be {value}, found {found}"
        assert "roc_auc" not in told["metrics"], f"{mode}: expected no metric that is NaN"
        for name, value in {"model.estimator.C": "0.5", "data.split.test_size": "0.25"}.items():
            found = told["params"].get(name)
            assert found == value, f"{mode}: expected {name} to be {value}, found {found}"
        for value in ("c0de", "da7a"):
            assert value in told["tags"].values(), f"{mode}: no tag says {value}, code or data"
        for name in ("curve.csv", "pipeline.skops", "evaluation.json"):
            there = [path for path in told["files"] if path.endswith(name)]
            assert there, f"{mode}: expected {name} among the files, found {told['files']}"
        assert len(told["models"]) == 1, f"{mode}: expected one model, found {told['models']}"
        signed, shown, same = told["models"][0]
        assert signed, f"{mode}: expected that the model has a signature"
        assert shown, f"{mode}: expected that the model has an example"
        assert same, f"{mode}: expected the model that was scored, found another"
        assert not told["fitted again"], f"{mode}: the model that was scored was fitted again"
        assert not told["runs of others"], f"{mode}: a later fit was logged too"
    own = set(by_itself["metrics"]) - set(by_hand["metrics"])
    assert own, "expected metrics that autologging adds, found none"
    assert len(by_itself["params"]) > len(by_hand["params"]), "expected parameters that it adds"
    assert set(by_hand["params"]) <= set(by_itself["params"]), "expected those by hand among them"


def check_wandb(told, mode):
    """What W&B has in either mode."""
    assert told["runs"] == 1, f"{mode}: expected one run offline, found {told['runs']}"
    assert told["ended"], f"{mode}: expected that the run has ended"
    for name, value in {"accuracy": 0.75, "neg_log_loss": -0.5}.items():
        found = told["summary"].get(name)
        assert found == value, f"{mode}: expected {name} to be {value}, found {found}"
    assert "roc_auc" not in told["summary"], f"{mode}: expected no score that is NaN"
    estimator = told["config"].get("model", {}).get("estimator")
    expected = {"C": 0.5, "random_state": 7}
    assert estimator == expected, f"{mode}: expected {expected} in the config, found {estimator}"
    for value in ("c0de", "da7a"):
        assert value in str(told["config"]), f"{mode}: the config does not say {value}"
    models = [artifact for artifact in told["artifacts"] if artifact[0] == "model"]
    assert len(models) == 1, f"{mode}: expected one model, found {told['artifacts']}"
    assert "curve" in " ".join(told["logged"]), f"{mode}: expected the plot among {told['logged']}"
    assert not told["fitted again"], f"{mode}: the model that was scored was fitted again"


def test_wandb_by_hand_and_by_itself(team):
    """W&B has one run offline with its model; its integration adds charts, and changes nothing."""
    by_hand, by_itself = team.ask(in_wandb, METRICS, SETTINGS, [False, True])
    check_wandb(by_hand, "by hand")
    check_wandb(by_itself, "with autologging")
    assert set(by_itself["logged"]) > set(by_hand["logged"]), "expected charts that it adds"
