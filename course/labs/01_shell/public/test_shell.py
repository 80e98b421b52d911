"""An environment, a first look at a table, and a page that predicts."""


def needed(part, distributions, target):
    """Install some distributions of no content; give what a model of a class needs of them."""
    import sys
    from pathlib import Path

    from omegaconf import OmegaConf

    module = part("packing.candidate")
    for name, (version, requires) in distributions.items():
        name = module.DISTRIBUTION if name == "own" else name
        folder = Path(f"site/{name.replace('-', '_')}-{version}.dist-info")
        folder.mkdir(parents=True)
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {line}" for line in requires]
        (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.path.insert(0, "site")
    return module.packages(OmegaConf.create({"estimator": {"_target_": target}}))


def profiled(part, kinds, values):
    """Give type, share of missing values and number of different ones, by column."""
    import pandas as pd

    data = part("data.schema")
    columns = tuple(data.Column(name, kind) for name, kind in kinds.items())
    schema = data.Schema("y", "regression", columns)
    found = part("reporting.summary").profile(pd.DataFrame(values), schema)
    rows = found[["type", "missing", "distinct"]].astype(str)
    return {str(name): list(row) for name, row in rows.iterrows()}


def uploaded(part, text, name):
    """Read an uploaded file; give its columns."""
    import io

    from omegaconf import OmegaConf

    cfg = OmegaConf.create({"data": {"format": "csv", "read": {}}})
    return part("app.uploads").read(io.BytesIO(text.encode()), name, cfg).to_dict("list")


def moved(part, row, reference):
    """Say what moved the prediction of a model that adds a to twice b."""

    class Model:
        def answers(self, columns):
            pairs = zip(columns["a"], columns["b"], strict=True)
            return [{"prediction": a + 2 * b} for a, b in pairs]

    return part("app.attributions").attributions(Model(), row, reference)


def test_an_environment_is_names_and_versions(team):
    """What a model needs are the packages it depends on, in the versions that are installed."""
    distributions = {
        "own": ["0.1.0", ["shipyard>=2", "harbour"]],
        "shipyard": ["2.3", []],
        "harbour": ["1.0", []],
    }
    found = team.ask(needed, distributions, "shipyard.Model")
    expected = {"harbour": "1.0", "shipyard": "2.3"}
    assert found == expected, f"expected {expected}, found {found}"


def test_a_first_look(team):
    """Of each column: its type, how much is missing, and how many values there are."""
    values = {"a": [1.0, None, 3.0, 3.0], "y": [1.0, 2.0, 3.0, 4.0]}
    found = team.ask(profiled, {"a": "number", "y": "number"}, values)
    expected = {"a": ["number", "25.0%", "2"], "y": ["number", "0.0%", "4"]}
    assert found == expected, f"expected {expected}, found {found}"


def test_a_file_is_read_as_it_is_written(team):
    """A cell of an uploaded file stays the text that it is."""
    found = team.ask(uploaded, "code,size\n007,1\n", "rows.csv")
    expected = {"code": ["007"], "size": ["1"]}
    assert found == expected, f"expected {expected}, found {found}"


def test_what_moved_it(team):
    """A value moves a sum by its weight times its distance from the average."""
    found = team.ask(moved, {"a": 5, "b": 3}, {"a": [1, 2], "b": [2, 2]})
    expected = {"a": 3.5, "b": 2.0}
    assert found == expected, f"expected {expected}, found {found}"
