"""Requests that students don't see, and what the pipeline answers to them."""

ROWS = [
    {"size": 9.25, "age": 30, "kind": "a"},
    {"size": 0.5, "age": 71, "kind": "b"},
    {"size": 5.0, "kind": "a"},
    {"size": 4.75, "age": None, "kind": "b"},
    {"size": 5.5, "age": 18, "kind": "a"},
]


def asked(part, kind, requests, options, variables):
    """Serve a small pipeline.

    A request is method, path, body and headers; a body is rows, or a text that is sent as it is.
    `options` are of the service, and `log` one of `keeps`, `fails` and `fails, required`.

    Returns:
        The status and content of each answer; predictions and chances of the pipeline for the rows
        of each request; what was logged; the metrics at the end.
    """
    import json
    import os
    import sys
    import types
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from fastapi.testclient import TestClient
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    os.environ |= variables
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "size": rng.uniform(0, 10, 80),
            "age": rng.integers(18, 90, 80).astype(float),
            "kind": rng.choice(["a", "b"], 80),
        }
    )
    steps = [
        ("numbers", SimpleImputer(strategy="median"), ["size", "age"]),
        ("categories", OneHotEncoder(), ["kind"]),
    ]
    has_classes = kind == "classes"
    last = LogisticRegression(max_iter=500) if has_classes else LinearRegression()
    pipeline = Pipeline([("prepare", ColumnTransformer(steps)), ("model", last)])
    score = table["size"] + (table["kind"] == "b") + rng.normal(0, 1, 80)
    labels = np.where(score > 7, "high", np.where(score > 4, "middle", "low"))
    pipeline.fit(table, labels if has_classes else score)
    module = part("data.schema")
    columns = (
        module.Column("size", "number", min=0, max=10),
        module.Column("age", "integer", nullable=True, min=0, max=120),
        module.Column("kind", "category", categories=["a", "b"]),
        module.Column("level", "category" if has_classes else "number"),
    )
    schema = module.Schema("level", "multiclass" if has_classes else "regression", columns)
    runtime = part("runtime.pipeline").PipelineRuntime(pipeline, schema)
    made = part("runtime.served_model").ServedModel

    class Broken:
        name, quick, classes = runtime.name, False, runtime.classes

        def predict(self, columns):
            raise RuntimeError("the one in the shadow fails")

    margin = None if has_classes else 1.5
    models = {
        "served": made("v0.0.7", "production", schema, runtime, 0.0, margin, {}, {}),
        "beside": made("v0.0.8", None, schema, runtime, 0.0, margin, {}, {}),
        "broken": made("v0.0.9", None, schema, Broken(), 0.0, margin, {}, {}),
    }
    part("serving.state").load = lambda folder, *_: models[folder.name]
    for name in models:
        Path(name).mkdir()
        (Path(name) / "model.txt").write_text(name)
    logged, kept = [], options.pop("log", None)
    if kept:

        class Log:
            required, paths = kept == "fails, required", frozenset()
            request_id = staticmethod(lambda: f"{len(logged):04}")

            def predicted(self, answered):
                if kept != "keeps":
                    raise OSError("the disk is full")
                told = json.loads(answered.content)
                rows = {name: list(values) for name, values in answered.columns.items()}
                logged.append([answered.variant, rows, told, answered.key])

            def routes(self, state):
                return []

            def close(self):
                pass

        sys.modules["stand_in"] = types.ModuleType("stand_in")
        sys.modules["stand_in"].log = Log
        options["log"] = {"_target_": "stand_in.log"}
    options = {"model": "test", "folder": "served", "docs": False, **options}
    settings = part("serving.settings").Settings(**options)
    found, expected = [], []
    with TestClient(part("serving.app").create_app(settings)) as client:
        for method, path, body, headers in requests:
            content = body if isinstance(body, str) else json.dumps(body)
            json_header = {"content-type": "application/json"} if method == "POST" else {}
            sent = None if body is None else content.encode()
            answer = client.request(method, path, content=sent, headers=json_header | headers)
            text = answer.text if path == "/metrics" else answer.json()
            found.append([answer.status_code, text, dict(answer.headers)])
            rows = [body] if isinstance(body, dict) else body if isinstance(body, list) else []
            try:
                X = pd.DataFrame(rows, columns=table.columns).astype({"age": float})
                said = pipeline.predict(X).tolist()
                chances = pipeline.predict_proba(X).tolist() if has_classes else []
            except (ValueError, TypeError):  # rows that are to be refused
                said, chances = [], []
            expected.append([said, chances])
        metrics = client.get("/metrics").text
    classes = pipeline.classes_.tolist() if has_classes else []
    return [found, expected, logged, metrics, classes]


def refreshed(part, stories):
    """Have a folder of a model go through states, in one story after the other.

    A state is what loading gives then: a version, `broken`, a version with other fields or classes,
    `same` (the folder is as it was), or `gone`.

    Returns:
        For each story, after each state: the version that is served, whether something was refused,
        and how often a model was loaded until then.
    """
    import shutil
    from pathlib import Path
    from types import SimpleNamespace

    module, state = part("data.schema"), part("serving.state")
    refusal = part("tools.errors").Refusal
    loads = []

    def load(folder, *_):
        text = (folder / "model.txt").read_text()
        loads.append(text)
        if text == "broken":
            raise refusal("it can't be loaded")
        version, _, other = text.partition(" ")
        size = module.Column("height" if other == "fields" else "size", "number")
        kind = "text" if other == "types" else "number"
        columns = (size, module.Column("age", kind), module.Column("level", "category"))
        schema = module.Schema("level", "binary", columns)
        classes = ["high", "low"] if other != "classes" else ["no", "yes"]
        runtime = SimpleNamespace(name="stand-in", quick=True, classes=classes)
        about = (version, None, schema, runtime, 0.0, None, {}, {})
        return part("runtime.served_model").ServedModel(*about)

    state.load = load
    settings = part("serving.settings").Settings(model="test", folder="served")
    found = []
    for states in stories:
        shutil.rmtree("served", ignore_errors=True)
        loads.clear()
        slot, seen = state.State(settings, part("serving.metrics").Metrics()).champion, []
        for number, text in enumerate(states):
            folder = Path("served")
            if text != "same":
                shutil.rmtree(folder, ignore_errors=True)
            if text not in ("same", "gone"):
                folder.mkdir()
                (folder / "model.txt").write_text(text)
                (folder / f"{number}.txt").write_text("so that it is another folder")
            slot.refresh()
            current = slot.current.model.version if slot.current else None
            seen.append([current, slot.refused is not None, len(loads)])
        found.append(seen)
    return found


def post(body, **headers):
    """Make a request for predictions."""
    return ["POST", "/predict", body, headers]


def statuses_of(team, requests, options=None, variables=None):
    """Give the statuses of requests to a service for classes."""
    found, *_ = team.ask(asked, "classes", requests, options or {}, variables or {})
    return [status for status, *_ in found]


def near(one, two):
    """Tell whether two lists of numbers are the same but for rounding."""
    return len(one) == len(two) and all(abs(a - b) < 1e-9 for a, b in zip(one, two, strict=True))


def test_labels_and_chances_are_those_of_the_pipeline(team):
    """Rows together and one by one get the pipeline's labels and probabilities."""
    requests = [post(ROWS), *map(post, ROWS)]
    found, expected, *_, classes = team.ask(asked, "classes", requests, {}, {})
    for (status, content, _), (labels, chances) in zip(found, expected, strict=True):
        assert status == 200, f"expected 200, found {status}: {content}"
        answers = content["predictions"]
        said = [answer["prediction"] for answer in answers]
        assert said == labels, f"expected {labels}, found {said}"
        for answer, row in zip(answers, chances, strict=True):
            given = [answer["probabilities"].get(label, -1.0) for label in classes]
            assert near(given, row), f"expected {dict(zip(classes, row, strict=True))}, {answer}"


def test_numbers_are_those_of_the_pipeline(team):
    """In a regression rows get the pipeline's number, in the middle of an interval."""
    found, expected, *_ = team.ask(asked, "numbers", [post(ROWS), post(ROWS[2])], {}, {})
    for (status, content, _), (numbers, _) in zip(found, expected, strict=True):
        assert status == 200, f"expected 200, found {status}: {content}"
        for answer, number in zip(content["predictions"], numbers, strict=True):
            spread = [answer["prediction"], *answer["interval"]]
            wanted = [number, number - 1.5, number + 1.5]
            assert near(spread, wanted), f"expected {wanted}, found {answer}"


def test_one_bad_row_refuses_the_request(team):
    """Each wrong value is named with its row and field, and nothing is answered or logged."""
    wrong = [{"size": -1.0}, {"age": 30.5}, {"kind": "z"}, {"size": "3"}, {"size": None}]
    requests = [post([*ROWS, {**ROWS[0], **each}, ROWS[1]]) for each in wrong]
    gone = {name: value for name, value in ROWS[0].items() if name != "kind"}
    requests.append(post([*ROWS, gone]))
    found, _, logged, *_ = team.ask(asked, "classes", requests, {"log": "keeps"}, {})
    fields = [next(iter(each)) for each in wrong] + ["kind"]
    for (status, content, _), field in zip(found, fields, strict=True):
        assert status == 422, f"expected 422 for a wrong {field}, found {status}: {content}"
        problem = content["problems"][0]
        where = [problem["row"], problem["field"]]
        assert where == [5, field], f"expected row 5 and {field}, found {where}"
    assert not logged, f"expected that nothing is logged, found {logged}"


def test_fields_that_nobody_knows(team):
    """An unknown field is refused by its name, or ignored where the service says so."""
    request = post([ROWS[0], {**ROWS[1], "colour": "red"}])
    (first,), *_ = team.ask(asked, "classes", [request], {}, {})
    assert first[0] == 422, f"expected 422 for an unknown field, found {first[:2]}"
    where = [first[1]["problems"][0][key] for key in ("row", "field")]
    assert where == [1, "colour"], f"expected row 1 and colour, found {where}"
    options = {"unknown_fields": "ignore"}
    found, expected, *_ = team.ask(asked, "classes", [request], options, {})
    status, content, _ = found[0]
    assert status == 200, f"expected 200 where they are ignored, found {status}: {content}"
    said = [answer["prediction"] for answer in content["predictions"]]
    assert said == expected[0][0], f"expected {expected[0][0]}, found {said}"


def test_what_can_not_be_read(team):
    """What is no JSON, or no rows, is 400; too many rows are 413."""
    requests = [post(text) for text in ("{", "7", "[]", "[" * 1000)]
    found = statuses_of(
        team, [*requests, post([ROWS[0]] * 4), post([ROWS[0]] * 3)], {"max_rows": 3}
    )
    expected = [400, 400, 400, 400, 413, 200]
    assert found == expected, f"expected {expected}, found {found}"


def test_the_answer_says_by_whom(team):
    """An answer carries the model's version, the request's id, and the client's."""
    request = post(ROWS[0], **{"X-Request-ID": "mine.7"})
    (first, second), *_ = team.ask(asked, "classes", [request, post(ROWS[0])], {}, {})
    status, content, headers = first
    assert status == 200, f"expected 200, found {status}: {content}"
    assert content.get("model_version") == "v0.0.7", f"expected v0.0.7, found {content}"
    assert content["request_id"] == headers["x-request-id"], f"expected the header's, {content}"
    assert content.get("client_id") == "mine.7", f"expected mine.7, found {content}"
    assert "client_id" not in second[1], f"expected no client's id, found {second[1]}"


def test_predictions_are_counted(team):
    """The metrics count predicted rows by their label."""
    _, expected, _, metrics, _ = team.ask(asked, "classes", [post(ROWS), post(ROWS[0])], {}, {})
    labels = [label for said, _ in expected for label in said]
    for label in set(labels):
        lines = [line for line in metrics.splitlines() if line.startswith("predictions_total{")]
        counted = sum(float(line.split()[-1]) for line in lines if f'"{label}"' in line)
        wanted = labels.count(label)
        assert counted == wanted, f"expected {wanted} of {label}, found {counted:g}"


def test_a_key_is_asked_for_if_there_is_one(team):
    """Without the service's key nothing is answered but /health and /ready."""
    key = {"X-API-Key": "secret"}
    requests = [post(ROWS[0]), post(ROWS[0], **{"X-API-Key": "secre"}), post(ROWS[0], **key)]
    requests += [["GET", path, None, {}] for path in ("/model", "/health", "/ready")]
    found = statuses_of(
        team, [*requests, ["GET", "/model", None, key]], None, {"API_KEY": "secret"}
    )
    expected = [401, 401, 200, 401, 200, 200, 200]
    assert found == expected, f"expected {expected}, found {found}"
    found = statuses_of(team, requests[:2])
    assert found == [200, 200], f"expected 200 where there is no key, found {found}"


def test_pages_of_other_origins(team):
    """A page of another origin may not post, unless its origin is allowed."""
    headers = [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "http://friend.example"},
        {"Origin": "http://testserver"},
    ]
    options = {"cors_origins": ["http://friend.example"]}
    found = statuses_of(team, [post(ROWS[0], **each) for each in headers], options)
    assert found == [403, 200, 200], f"expected 403, 200 and 200, found {found}"


def test_what_is_answered_is_logged_before(team):
    """Each answer is in the log as it was given; one that can't be logged is refused if it must."""
    request = post(ROWS[:2], **{"X-Key": "k1"})
    found, _, logged, *_ = team.ask(asked, "classes", [request], {"log": "keeps"}, {})
    assert len(logged) == 1, f"expected one line in the log, found {len(logged)}"
    variant, rows, told, key = logged[0]
    assert told == found[0][1], f"expected the answer {found[0][1]}, found {told}"
    assert [variant, key] == ["champion", "k1"], f"expected champion and k1, found {logged[0]}"
    assert rows["kind"] == ["a", "b"], f"expected the checked values, found {rows}"
    for kept, expected in (("fails", 200), ("fails, required", 503)):
        found, *_, metrics, _ = team.ask(asked, "classes", [request], {"log": kept}, {})
        status, _, headers = found[0]
        assert status == expected, f"expected {expected} where the log {kept}, found {found[0]}"
        assert "retry-after" in headers or status == 200, "expected Retry-After with the 503"
        counted = 'log_failures_total{kind="prediction"} 1.0' in metrics
        assert counted, "expected that an answer which is not logged is counted, it was not"


def test_the_shadow_answers_for_the_log_alone(team):
    """A model in the shadow is logged beside the champion; its failure reaches no client."""
    shadow = {"challenger": "other", "challenger_mode": "shadow", "log": "keeps"}
    options = {**shadow, "challenger_folder": "beside"}
    found, _, logged, *_ = team.ask(asked, "classes", [post(ROWS[0])], options, {})
    status, content, _ = found[0]
    assert status == 200, f"expected 200, found {found[0]}"
    assert content["model_version"] == "v0.0.7", f"expected the champion's, found {content}"
    told = [[variant, about["model_version"]] for variant, _, about, _ in logged]
    expected = [["champion", "v0.0.7"], ["shadow", "v0.0.8"]]
    assert told == expected, f"expected {expected} in the log, found {told}"
    number = logged[1][2]["request_id"]
    assert number == f"{content['request_id']}.shadow", f"expected the id of a shadow, {number}"
    options = {**shadow, "challenger_folder": "broken"}
    found, _, logged, *_ = team.ask(asked, "classes", [post(ROWS[0])], options, {})
    assert found[0][0] == 200, f"expected 200 though the shadow fails, found {found[0]}"
    assert len(logged) == 1, f"expected the champion in the log, found {len(logged)} lines"


def test_a_newer_model_takes_over(team):
    """What is new in the folder is loaded once, and serves."""
    (found,) = team.ask(refreshed, [["v1", "same", "v2", "gone", "same"]])
    expected = [
        ["v1", False, 1],
        ["v1", False, 1],
        ["v2", False, 2],
        ["v2", False, 2],
        ["v2", False, 2],
    ]
    assert found == expected, f"expected {expected}, found {found}"


def test_a_bad_model_does_not_take_over(team):
    """What can't be loaded, or has another contract, is refused, and the former goes on."""
    wrong = ("broken", "v2 fields", "v2 types", "v2 classes")
    *after, none = team.ask(refreshed, [*(["v1", bad, "v3"] for bad in wrong), ["broken", "v1"]])
    for bad, story in zip(wrong, after, strict=True):
        found = [state[:2] for state in story]
        expected = [["v1", False], ["v1", True], ["v3", False]]
        assert found == expected, f"expected {expected} after {bad}, found {found}"
    found = [state[:2] for state in none]
    expected = [[None, True], ["v1", False]]
    assert found == expected, f"expected {expected}, found {found}"
