"""Tables that students don't see."""

SHUFFLED = [7, 3, 9, 1, 8, 0, 2, 6, 4, 5]


def split(part, kind, column, size, values, seed=0):
    """Give the positions of the rows to train and to test, or what was refused."""
    from types import SimpleNamespace

    import pandas as pd

    options = SimpleNamespace(kind=kind, column=column, test_size=size)
    try:
        sides = part("stages.split").split_rows(pd.DataFrame(values), "y", options, seed)
    except part("tools.errors").Refusal as refusal:
        return str(refusal)
    return [[int(row) for row in side.index] for side in sides]


def prepared(part, train, labels, rows):
    """Fit the roles' transformers to mixed columns; give other rows together, and one by one."""
    import pandas as pd
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

    by_role = {
        "number": SimpleImputer(strategy="median"),
        "boolean": SimpleImputer(strategy="most_frequent"),
        "category": OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        "high_cardinality": TargetEncoder(target_type="continuous", cv=2, random_state=0),
        "text": part("model.preprocess").Text(max_features=5),
    }
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    kinds = {"note": "text", "flag": "boolean", "size": "integer"}
    result = []
    for trees in (False, True):
        made = part("model.preprocess").Preprocess(
            by_role, {"category": codes}, trees, kinds, max_categories=4
        )
        made.fit_transform(pd.DataFrame(train), pd.Series(labels))
        table = pd.DataFrame(rows)
        together = made.transform(table).tolist()
        alone = [made.transform(table.iloc[[row]])[0].tolist() for row in range(len(table))]
        result.append([together, alone, sorted(made.booleans_)])
    return result


TRAIN = {
    "size": [1, 2, 9, 2, 1, 2, 3, 4],
    "plan": ["a", "b", "a", "b", "a", "b", "a", "b"],
    "city": [f"c{row}" for row in range(8)],
    "flag": [True, False, True, True, None, True, False, True],
    "note": ["good", "bad", "good", None, "bad", "good", "good", "bad"],
    "gaps": [None] * 8,
}
LABELS = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
ROWS = {
    "size": [None, 100.0, 5.0],
    "plan": ["new", "a", "b"],
    "city": ["c1", "nowhere", "c2"],
    "flag": [None, True, False],
    "note": ["good", None, "unknown words"],
    "gaps": [None, None, None],
}


def test_time(team):
    """No training row is later than a test row, and both sides keep the table's order."""
    table = {"when": SHUFFLED, "y": [0] * 10}
    train, test = team.ask(split, "time", "when", 0.3, table)
    assert sorted(SHUFFLED[row] for row in test) == [7, 8, 9], f"found the rows {test}"
    assert train == sorted(train), f"expected the table's order, found {train}"
    assert test == sorted(test), f"expected the table's order, found {test}"
    train, test = team.ask(split, "time", None, 0.2, table)
    assert test == [8, 9], f"expected the last two rows, found {test}"


def test_groups(team):
    """No group is on both sides, whatever the seed."""
    groups = [row % 7 for row in range(70)]
    for seed in range(3):
        sides = team.ask(split, "group", "who", 0.3, {"who": groups, "y": [0] * 70}, seed)
        shared = set.intersection(*({groups[row] for row in side} for side in sides))
        assert not shared, f"expected no group on both sides, found {sorted(shared)}"
        assert sorted(sides[0] + sides[1]) == list(range(70)), "expected every row on one side"


def test_classes(team):
    """A stratified split has the classes' shares on both sides; one seed gives one split."""
    table = {"x": list(range(100)), "y": ["yes"] * 20 + ["no"] * 80}
    train, test = team.ask(split, "stratified", None, 0.25, table, 1)
    rare = sum(row < 20 for row in test)
    assert rare == 5, f"expected 5 rare rows of 25, found {rare} of {len(test)}"
    assert [train, test] == team.ask(split, "stratified", None, 0.25, table, 1), "expected the same"
    assert test != team.ask(split, "stratified", None, 0.25, table, 2)[1], "expected another split"


def test_too_few_of_a_class(team):
    """Where a class has one row, the split is random."""
    train, test = team.ask(split, "stratified", None, 0.5, {"x": [1, 2, 3, 4], "y": [0, 0, 0, 1]})
    assert [len(train), len(test)] == [2, 2], f"found {train} and {test}"


def test_predefined(team):
    """A column says which rows are tested on; where it says none, that is refused."""
    table = {"held": [0, 1, 0, 1], "y": [0, 1, 0, 1]}
    assert team.ask(split, "predefined", "held", 0.5, table) == [[0, 2], [1, 3]]
    said = team.ask(split, "predefined", "held", 0.5, {**table, "held": [0] * 4})
    assert isinstance(said, str), f"expected a refusal, found {said}"


def test_refusals(team):
    """A column that is not there, and a kind that there is not, are refused in a line."""
    table = {"x": [1, 2, 3], "y": [0, 1, 0]}
    for kind, column in (("group", "who"), ("time", "when"), ("group", None), ("sideways", None)):
        said = team.ask(split, kind, column, 0.3, table)
        assert isinstance(said, str), f"expected that {kind} by {column} is refused, found {said}"
        assert "\n" not in said, f"expected one line, found {said!r}"


def test_a_row_alone(team):
    """A row gets the same numbers alone as among others."""
    for together, alone, _ in team.ask(prepared, TRAIN, LABELS, ROWS):
        assert together == alone, f"expected {together}, found {alone}"


def test_what_is_learned(team):
    """Medians, categories and means are those of the training rows; unknown values are no error."""
    (found, _, booleans), (of_trees, _, _) = team.ask(prepared, TRAIN, LABELS, ROWS)
    assert booleans == ["flag"], f"expected flag, found {booleans}"
    assert 2.0 in found[0], f"expected the training rows' median size 2 in {found[0]}"
    assert 100.0 in found[1], f"expected the size itself in {found[1]}"
    # size, two plans, the city's mean, the flag, two words
    assert len(found[0]) == 7, f"expected 7 numbers, found {len(found[0])}: {found[0]}"
    assert len(of_trees[0]) == 6, f"expected 6 numbers for trees, found {len(of_trees[0])}"
    assert any(abs(value - 0.5) < 1e-9 for value in found[1]), (
        "expected the mean of an unknown city"
    )


def test_a_row_that_changes_leaves_the_others(team):
    """When one test row changes, the numbers of the others stay."""
    before = team.ask(prepared, TRAIN, LABELS, ROWS)[0][0]
    changed = {**ROWS, "size": [None, 1e6, 5.0], "plan": ["new", "zzz", "b"]}
    after = team.ask(prepared, TRAIN, LABELS, changed)[0][0]
    assert [before[0], before[2]] == [after[0], after[2]], f"expected {before}, found {after}"
