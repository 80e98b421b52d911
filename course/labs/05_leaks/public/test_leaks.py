"""Test rows stay unseen."""


def split(part, kind, column, size, values):
    """Give the positions of the rows to train and to test."""
    from types import SimpleNamespace

    import pandas as pd

    options = SimpleNamespace(kind=kind, column=column, test_size=size)
    sides = part("stages.split").split_rows(pd.DataFrame(values), "y", options, 0)
    return [[int(row) for row in side.index] for side in sides]


def scaled(part, train, rows):
    """Fit a scaler to numbers; give what it makes of other rows."""
    import pandas as pd
    from sklearn.preprocessing import StandardScaler

    preprocess = part("model.preprocess").Preprocess({"number": StandardScaler()})
    preprocess.fit(pd.DataFrame({"a": train}))
    return preprocess.transform(pd.DataFrame({"a": rows})).tolist()


def test_no_group_is_on_both_sides(team):
    """No customer's rows are both trained and tested on."""
    customers = [row // 4 for row in range(40)]
    train, test = team.ask(split, "group", "who", 0.25, {"who": customers, "y": [0, 1] * 20})
    shared = {customers[row] for row in train} & {customers[row] for row in test}
    assert not shared, f"expected no customer on both sides, found {sorted(shared)}"
    assert sorted(train + test) == list(range(40)), "expected every row on one side"


def test_scales_are_those_of_the_training_rows(team):
    """A number is scaled by mean and deviation of the training rows, whatever is beside it."""
    found = team.ask(scaled, [0.0, 2.0], [1.0, 3.0, 101.0])
    assert found == [[0.0], [2.0], [100.0]], f"expected 0, 2 and 100, found {found}"
