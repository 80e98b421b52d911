"""The service answers as the pipeline does, and says what is wrong with a request."""


def asked(part, requests):
    """Serve a small pipeline; give the status and content of each answer, and the pipeline's own.

    A request is a body: a row, a list of rows, or a text that is sent as it is.
    """
    import json
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from fastapi.testclient import TestClient
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    rng = np.random.default_rng(1)
    table = pd.DataFrame({"size": rng.uniform(0, 10, 60), "kind": rng.choice(["a", "b"], 60)})
    steps = [("n", SimpleImputer(), ["size"]), ("c", OneHotEncoder(), ["kind"])]
    pipeline = Pipeline([("prepare", ColumnTransformer(steps)), ("model", LogisticRegression())])
    pipeline.fit(table, np.where(table["size"] > 5, "high", "low"))
    module = part("data.schema")
    columns = (
        module.Column("size", "number", nullable=True, min=0, max=10),
        module.Column("kind", "category", categories=["a", "b"]),
        module.Column("level", "category", categories=["high", "low"]),
    )
    schema = module.Schema("level", "binary", columns, "high")
    runtime = part("runtime.pipeline").PipelineRuntime(pipeline, schema)
    about = ("v0.0.1", "production", schema, runtime, 0.0, None, {}, {})
    model = part("runtime.served_model").ServedModel(*about)
    part("serving.state").load = lambda *_: model
    Path("served").mkdir()
    Path("served/model.txt").write_text("a model")
    settings = part("serving.settings").Settings(model="test", folder="served", docs=False)
    found = []
    with TestClient(part("serving.app").create_app(settings)) as client:
        for request in requests:
            body = request if isinstance(request, str) else json.dumps(request)
            headers = {"content-type": "application/json"}
            answer = client.post("/predict", content=body, headers=headers)
            found.append([answer.status_code, answer.json()])
    rows = pd.DataFrame([row for row in requests if isinstance(row, dict)], columns=table.columns)
    said = [str(label) for label in pipeline.predict(rows)] if len(rows) else []
    return [found, said]


def test_answers_are_those_of_the_pipeline(team):
    """Each row gets the label that the pipeline gives it."""
    rows = [{"size": 9.5, "kind": "a"}, {"size": 0.5, "kind": "b"}, {"kind": "a"}]
    found, expected = team.ask(asked, rows)
    statuses = [status for status, _ in found]
    assert statuses == [200, 200, 200], f"expected 200 for each, found {statuses}: {found[0][1]}"
    labels = [content["predictions"][0]["prediction"] for _, content in found]
    assert labels == expected, f"expected {expected}, found {labels}"


def test_what_is_wrong_is_said(team):
    """A body that is no JSON is 400; a wrong value is 422, with its row and field."""
    rows = [{"size": 1.0, "kind": "a"}, {"size": 99.0, "kind": "a"}]
    (text, rest), _ = team.ask(asked, ["{", rows])
    assert text[0] == 400, f"expected 400 for what is no JSON, found {text}"
    assert rest[0] == 422, f"expected 422 for a size out of range, found {rest}"
    problem = rest[1]["problems"][0]
    where = [problem["row"], problem["field"]]
    assert where == [1, "size"], f"expected row 1 and size, found {where}"
