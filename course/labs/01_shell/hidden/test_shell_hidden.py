"""Packages, tables, files and models that students don't see."""


def needed(part, distributions, targets):
    """Install some distributions of no content; give what a model of each class needs of them."""
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
    nested = {"_target_": targets[-1], "inner": {"_target_": targets[0]}}
    models = [{"_target_": target} for target in targets] + [nested]
    return [module.packages(OmegaConf.create({"estimator": model})) for model in models]


def profiled(part, kinds, values):
    """Give type, missing, distinct and values of each column of a profile, in its order."""
    import pandas as pd

    data = part("data.schema")
    columns = tuple(data.Column(name, kind) for name, kind in kinds.items())
    schema = data.Schema("y", "regression", columns)
    found = part("reporting.summary").profile(pd.DataFrame(values), schema)
    rows = found[["type", "missing", "distinct", "values"]].astype(str)
    return [[str(name), *row] for name, row in zip(rows.index, rows.to_numpy(), strict=True)]


def uploaded(part, files, settings):
    """Read files, whose bytes are in hexadecimal digits; give the columns of each, or a refusal."""
    import io

    from omegaconf import OmegaConf

    found = []
    for (name, content), read in zip(files, settings, strict=True):
        cfg = OmegaConf.create({"data": {"format": "csv", "read": read}})
        try:
            table = part("app.uploads").read(io.BytesIO(bytes.fromhex(content)), name, cfg)
            table = table.astype(object).where(table.notna(), None)
            found.append([[str(name), list(table[name])] for name in table])
        except part("tools.errors").Refusal as refusal:
            found.append(str(refusal))
    return found


def moved(part, kind, row, reference):
    """Say what moved the prediction of a model that students don't see, and how often it is asked.

    Square: a number, a squared. Classes: the probability of `late` is a, of `lost` 1 - a.
    """
    asked = []

    class Model:
        def answers(self, columns):
            asked.append(len(columns["a"]))
            if kind == "square":
                return [{"prediction": a * a} for a in columns["a"]]
            return [
                {
                    "prediction": "late" if a > 0.5 else "lost",
                    "probabilities": {"late": a, "lost": 1 - a},
                }
                for a in columns["a"]
            ]

    return [part("app.attributions").attributions(Model(), row, reference), sum(asked)]


def close(found, expected):
    """Whether each number is the expected one, or nearly."""
    return set(found) == set(expected) and all(
        abs(found[name] - value) < 1e-9 for name, value in expected.items()
    )


def test_environments(team):
    """A package of an extra is needed by the models that are made of it, and by no others."""
    own = ["shipyard>=2", "deck", 'keel-wood>=0.5; extra == "keel"', 'sail; extra == "dev"']
    own += ['keel; extra == "boats"']
    distributions = {
        "own": ["0.1.0", own],
        "shipyard": ["2.3", ["rope"]],
        "deck": ["1.0.post1", []],
        "keel": ["0.9", []],
        "keel-wood": ["0.5", []],
        "rope": ["7", []],
        "sail": ["3", []],
    }
    base = {"deck": "1.0.post1", "shipyard": "2.3"}
    with_keel = {**base, "keel": "0.9"}
    found = team.ask(needed, distributions, ["keel.wood.Model", "shipyard.Model"])
    expected = [with_keel, base, with_keel]
    assert found == expected, f"expected {expected}, found {found}"
    names = list(found[0])
    assert names == sorted(names), f"expected names in order, found {names}"


def test_looks(team):
    """A profile has a row for each of the schema's columns that the table has."""
    kinds = {"size": "number", "name": "text", "who": "id", "port": "category", "gone": "number"}
    values = {
        "port": ["Rome", "Oslo", "Rome", None, None, None, None, None],
        "other": [0] * 8,
        "name": ["a b c d e f"] * 8,
        "who": ["a", "b", "c", "d", "e", "f", "g", "h"],
        "size": [1.5, None, 9.0, 1.5, 1.5, 2.0, 3.0, 2.0],
    }
    found = team.ask(profiled, kinds, values)
    start = [row[:4] for row in found]
    expected = [
        ["size", "number", "12.5%", "4"],
        ["name", "text", "0.0%", "1"],
        ["who", "id", "0.0%", "8"],
        ["port", "category", "62.5%", "2"],
    ]
    assert start == expected, f"expected {expected}, found {start}"
    size, name, who, port = (row[4] for row in found)
    assert "1.5" in size, f"expected the range from 1.5 in {size!r}"
    assert "9" in size, f"expected the range to 9 in {size!r}"
    assert "Rome" in port, f"expected the most frequent value in {port!r}"
    assert [name, who] == ["", ""], f"expected no values of texts and ids, found {[name, who]}"


def test_files(team):
    """Files are read by their ending and the options of the raw table; bad ones are refused."""
    files = [
        ("rows.tsv", "a\tb c\n007\t\n1\tx\n"),
        ("ROWS.CSV", "a,1\n1.50,yes\n"),
        ("rows.csv", "a;b\n1;2\n"),
        ("empty.csv", ""),
        ("header.csv", "a,b\n"),
    ]
    contents = [(name, text.encode().hex()) for name, text in files]
    contents.append(("latin.csv", "a\nGröße\n".encode("latin-1").hex()))
    contents.append(("latin.csv", "a\nGröße\n".encode("latin-1").hex()))
    settings = [{}, {}, {"sep": ";"}, {}, {}, {}, {"encoding": "latin-1"}]
    found = team.ask(uploaded, contents, settings)
    tables, refused = [*found[:3], found[6]], found[3:6]
    expected = [
        [["a", ["007", "1"]], ["b c", [None, "x"]]],
        [["a", ["1.50"]], ["1", ["yes"]]],
        [["a", ["1"]], ["b", ["2"]]],
        [["a", ["Größe"]]],
    ]
    for table, wanted in zip(tables, expected, strict=True):
        assert table == wanted, f"expected {wanted}, found {table}"
    for said, (name, _) in zip(refused, contents[3:6], strict=True):
        assert isinstance(said, str), f"{name}: expected a refusal, found {said}"
        assert name in said, f"expected the name of {name}, found {said!r}"
        assert "\n" not in said, f"{name}: expected one line, found {said!r}"


def test_moves_of_a_curve(team):
    """Answers are averaged, not values, and each counts as often as it occurs."""
    found, asked = team.ask(moved, "square", {"a": 4}, {"a": [0] * 6 + [2, 6]})
    assert close(found, {"a": 11.0}), f"expected that a moves it by 11, found {found}"
    assert asked <= 5, f"expected 5 rows that the model is asked about at most, found {asked}"


def test_moves_of_a_class(team):
    """A class is moved by its own probability, whatever is most probable elsewhere."""
    found, _ = team.ask(moved, "classes", {"a": 0.25, "b": 1}, {"a": [0.75, 1.0], "b": [0, 1]})
    expected = {"a": 0.625, "b": 0.0}
    assert close(found, expected), f"expected {expected}, found {found}"
