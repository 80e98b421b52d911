"""Windows and trials that students don't see, with and without a change."""

COLUMNS = 12


def alarms(part, windows, shift, rare):
    """Draw windows of a table with many columns; give the names that drifted in each.

    The first column moves by `shift` standard deviations, and the rarest category of the last one
    comes to `rare` of all rows.
    """
    from types import SimpleNamespace

    import numpy as np
    import pandas as pd

    module = part("data.schema")
    names = [f"c{number}" for number in range(12)]
    columns = [module.Column(name, "number") for name in names[:8]]
    columns += [module.Column(name, "category") for name in names[8:]]
    columns.append(module.Column("y", "number"))
    schema = module.Schema("y", "regression", tuple(columns))
    rng = np.random.default_rng(11)

    def drawn(rows, shift, rare):
        table = {name: rng.normal(size=rows) for name in names[:8]}
        table["c0"] = table["c0"] + shift
        labels = ["a", "b", "c", "d", "e", "f"]
        shares = [(1 - rare) * share for share in (0.5, 0.3, 0.1, 0.06, 0.04)] + [rare]
        for name in names[8:]:
            usual = [0.5, 0.3, 0.1, 0.06, 0.039, 0.001]
            table[name] = rng.choice(labels, rows, p=shares if name == "c11" else usual)
        frame = pd.DataFrame(table)
        frame["predicted"] = rng.normal(size=rows)
        frame["actual"] = np.nan
        return frame

    class Nothing(dict):
        def __missing__(self, key):
            return 0.0

    options = SimpleNamespace(alpha=0.05, ignore=[], log={}, min_rows=30, smallest=Nothing())
    reference = drawn(1500, 0.0, 0.001)
    found = []
    for _ in range(windows):
        checks = part("monitoring.compare").compare(
            reference, drawn(300, shift, rare), schema, options
        )
        found.append([check.column for check in checks if check.drifted])
    return found


def rejected(part, worth, paired, task, times):
    """Draw trials in which the challenger is better by `worth`; give gains, ends and p-values."""
    import numpy as np

    rng = np.random.default_rng(5)
    tested = part("monitoring.ab")._tested
    found = []
    for _ in range(times):
        if task == "binary":
            common = rng.random(400)
            champion = (common + rng.normal(0, 0.05, 400) < 0.7).astype(float)
            challenger = (common + rng.normal(0, 0.05, 400) < 0.7 + worth).astype(float)
        else:
            common = rng.normal(size=400)
            champion = -abs(common + rng.normal(0, 0.3, 400))
            challenger = -abs(common + rng.normal(0, 0.3, 400)) + worth
        quality = np.column_stack([champion, challenger])
        if not paired:
            asked = np.arange(400) % 2 == 0
            quality[asked, 1] = np.nan
            quality[~asked, 0] = np.nan
        gain, (low, high), p_value = tested(quality, task, 0.05)
        found.append([float(gain), float(low), float(high), float(p_value)])
    return found


def same(part):
    """Compare two models that were always right, on the same requests and on requests apart."""
    import numpy as np

    tested = part("monitoring.ab")._tested
    paired = np.ones((50, 2))
    apart = np.ones((50, 2))
    apart[::2, 0] = np.nan
    apart[1::2, 1] = np.nan
    return [float(tested(quality, "binary", 0.05)[2]) for quality in (paired, apart)]


def constant(part):
    """Give the checks of a column that holds one category, and of one without a known value."""
    import pandas as pd

    values = part("monitoring.compare")._values
    one, none = pd.Series(["a"] * 50), pd.Series([None] * 50, dtype=float)
    return len(
        [*values("c", "values", one, one, "category"), *values("n", "values", none, none, "number")]
    )


def triggered(part, found, log, log_from, folder):
    """Look for drift with a stand-in for `make monitor`; give what holds, what is said, and order.

    Args:
        found: what reports/drift.json says then; None: it is refused.
        log: whether there is a log of predictions here.
        log_from: where it is else.
        folder: of the log; None: nothing is kept.
    """
    import json
    from pathlib import Path

    from omegaconf import OmegaConf

    module, done = part("monitoring.reason"), []

    def monitor(_):
        done.append("monitor")
        if found is None:
            raise part("tools.errors").Refusal("there is no model here")
        Path("reports").mkdir(exist_ok=True)
        Path("reports/drift.json").write_text(json.dumps(found), encoding="utf-8")

    def bring(source, folder):
        done.append(source)
        Path(folder).mkdir(exist_ok=True)
        (Path(folder) / "one.jsonl").write_text("{}\n", encoding="utf-8")
        return "brought"

    module.monitor, module._bring = monitor, bring
    if log:
        bring("here", folder)
        done.clear()
    cfg = OmegaConf.create({"monitoring": {"log": {"folder": folder}, "min_rows": 30}})
    holds, said, details = module.drift(cfg, log_from)
    return [bool(holds), said, "| size |" in details, done]


def due(part, pointer, before, looks, days, limit):
    """Say whether a raw table is new, and whether a model is too old."""
    import time
    from pathlib import Path
    from types import SimpleNamespace

    module = part("retraining.reasons")
    if pointer:
        Path("t.csv.dvc").write_text(f"outs: [{{path: t.csv, md5: {pointer}}}]\n", encoding="utf-8")
    cfg = SimpleNamespace(
        data=SimpleNamespace(path="t.csv"), retraining=SimpleNamespace(new_data=looks)
    )
    version = SimpleNamespace(name="v0.0.7", made=time.time() - days * 86_400)
    found = module._new_data(cfg, SimpleNamespace(made={"data": before}, version=version))
    old = module._age(limit, version)
    return [[bool(one.holds), one.found] for one in (found, old)]


def test_undrifted_windows_raise_few_alarms(team):
    """Of 40 windows in which nothing has changed, few raise an alarm (2, by alpha)."""
    found = [names for names in team.ask(alarms, 40, 0.0, 0.001) if names]
    assert len(found) <= 6, f"expected about 2 alarms, found {len(found)}"


def test_a_moved_column_is_named(team):
    """A number that has moved by half a standard deviation is found, and it alone."""
    found = team.ask(alarms, 10, 0.5, 0.001)
    assert all("c0" in names for names in found), f"expected c0 in each of {found}"
    others = [name for names in found for name in names if name != "c0"]
    assert len(others) <= 3, f"expected c0 alone, found {others} too"


def test_a_category_that_became_frequent_is_named(team):
    """A category that was rare, and is now a tenth of all rows, is found."""
    found = team.ask(alarms, 10, 0.0, 0.1)
    assert all("c11" in names for names in found), f"expected c11 in each of {found}"


def test_nothing_to_compare_is_no_check(team):
    """A column of one category, or without a known value, gives no check."""
    found = team.ask(constant)
    assert found == 0, f"expected no check, found {found}"


def check_rate(team, paired, task):
    """Equal models are told apart about as rarely as alpha says, and their gain is near zero."""
    found = team.ask(rejected, 0.0, paired, task, 60)
    share = sum(p_value < 0.05 for *_, p_value in found) / len(found)
    assert share <= 0.17, f"expected about 5 of 100, found {share:.0%}"


def check_power(team, worth, paired, task):
    """A better challenger is found, by an interval that holds its gain."""
    found = team.ask(rejected, worth, paired, task, 20)
    share = sum(p_value < 0.05 and gain > 0 for gain, _, _, p_value in found) / len(found)
    assert share >= 0.9, f"expected that nearly all are found, found {share:.0%}"
    held = sum(low <= gain <= high and low > 0 for gain, low, high, _ in found) / len(found)
    assert held >= 0.85, f"expected intervals around the gain and above zero, found {held:.0%}"


def test_equal_models_apart(team):
    """Two equal models, each asked by its own requests, are rarely told apart."""
    check_rate(team, False, "binary")
    check_rate(team, False, "regression")


def test_equal_models_in_the_shadow(team):
    """Two equal models that both answered every request are rarely told apart."""
    check_rate(team, True, "binary")
    check_rate(team, True, "regression")


def test_better_challengers_apart(team):
    """A better challenger is found among requests of its own."""
    check_power(team, 0.2, False, "binary")
    check_power(team, 0.35, False, "regression")


def test_better_challengers_in_the_shadow(team):
    """A slightly better challenger is found where both answered the same requests."""
    check_power(team, 0.08, True, "binary")
    check_power(team, 0.1, True, "regression")


def test_models_that_never_differ(team):
    """Where nothing differs, the p-value is 1."""
    found = team.ask(same)
    assert found == [1.0, 1.0], f"expected 1 and 1, found {found}"


CHECK = {"column": "size", "kind": "values", "test": "Fisher", "effect": 0.5}
FOUND = {
    "rows": {"window": 44, "reference": 90},
    "model": "v0.0.7",
    "checks": [{**CHECK, "adjusted": 0.001, "drifted": True}],
    "drifted": ["size"],
}


def test_drift_is_a_reason(team):
    """Drift is a reason, with its column and rows; what else comes of it is none, and is said."""
    cases = {"drift": ["size", "44"], "no drift": ["44"], "too few rows": ["44", "30"]}
    for verdict, words in cases.items():
        holds, said, details, _ = team.ask(
            triggered, {**FOUND, "verdict": verdict}, True, None, "logs"
        )
        assert holds == (verdict == "drift"), f"{verdict}: found a reason: {holds}"
        for word in words:
            assert word in said, f"{verdict}: expected {word} in the sentence, found {said!r}"
        assert details, f"{verdict}: expected a table of the tests, there was none"


def test_what_is_not_known_is_no_reason(team):
    """Where nothing is logged, or `make monitor` refuses, there is no reason; it is said why."""
    fine = {**FOUND, "verdict": "drift"}
    holds, said, _, done = team.ask(triggered, fine, False, None, "logs")
    assert [holds, done] == [False, []], f"no log here: found {holds}, and {done} was done"
    assert said, "no log here: expected that it is said"
    holds, said, _, done = team.ask(triggered, fine, False, None, None)
    assert [holds, done] == [False, []], f"nothing is kept: found {holds}, and {done} was done"
    holds, said, *_ = team.ask(triggered, None, True, None, "logs")
    assert not holds, "refused: expected no reason, found one"
    assert "there is no model here" in said, f"refused: expected why, found {said!r}"


def test_a_log_is_brought_first(team):
    """A log that is elsewhere is brought before it is looked at."""
    holds, *_, done = team.ask(triggered, {**FOUND, "verdict": "drift"}, False, "s3://logs", "logs")
    assert done == ["s3://logs", "monitor"], f"expected the log, then its look, found {done}"
    assert holds, "expected that drift in it is a reason"


def test_new_data_and_age(team):
    """Another raw table is a reason, and so is a model that is too old; nothing else is."""
    cases = [
        ["a" * 32, "a" * 32, True, 31.0, 30, [False, True]],
        ["b" * 32, "a" * 32, True, 29.0, 30, [True, False]],
        ["b" * 32, None, True, 0.5, None, [True, False]],
        ["b" * 32, "a" * 32, False, 1.0, 0.5, [False, True]],
        [None, "a" * 32, True, 999.0, None, [False, False]],
    ]
    for *given, expected in cases:
        found = team.ask(due, *given)
        holds = [one for one, _ in found]
        assert holds == expected, f"{given}: expected {expected}, found {found}"
        assert all(said for _, said in found), f"{given}: expected a sentence for each"
