"""How often the gate is wrong, on predictions that students don't see."""

GATE = {"tolerance": 0.05, "confidence": 0.95, "resamples": 200}


def share_that_passes(part, gate, rows, worse, disagree, times):
    """Draw pairs of models; give the share of candidates that pass.

    Production is right in 80 of 100 rows. The candidate is wrong in so many more of them (`worse`),
    and both are wrong in places of their own (`disagree`, a share of the rows).
    """
    import numpy as np
    from omegaconf import OmegaConf

    predictions = part("model.metrics").Predictions
    compare = part("registry.gate").compare
    rng = np.random.default_rng(7)
    options = OmegaConf.create(gate)
    passed = 0
    for seed in range(times):
        truth = rng.integers(0, 2, rows)
        drawn = rng.random(rows)
        old_wrong = drawn < 0.2
        new_wrong = (drawn >= disagree) & (drawn < 0.2) | (drawn > 1 - disagree - worse)
        old = np.where(old_wrong, 1 - truth, truth)
        new = np.where(new_wrong, 1 - truth, truth)
        found = compare(
            predictions(truth, new),
            predictions(truth, old),
            lambda made: float((made.truth == made.predicted).mean()),
            True,
            options,
            seed,
        )
        passed += bool(found.passed)
    return passed / times


def compared(part, gate, truth, new, old):
    """Compare numbers, by their mean absolute error."""
    import numpy as np
    from omegaconf import OmegaConf

    predictions = part("model.metrics").Predictions
    truth = np.array(truth)
    found = part("registry.gate").compare(
        predictions(truth, np.array(new)),
        predictions(truth, np.array(old)),
        lambda made: -float(abs(made.truth - made.predicted).mean()),
        False,
        OmegaConf.create(gate),
        0,
    )
    return [bool(found.passed), found.tolerated, list(found.scores), found.rows]


def test_worse_by_the_tolerance_rarely_passes(team):
    """Of candidates that are worse by the tolerance, few pass (5 of 100, by the confidence)."""
    share = team.ask(share_that_passes, GATE, 300, 0.05, 0.05, 60)
    assert share <= 0.15, f"expected about 5 of 100, found {share:.0%}"


def test_no_worse_passes_with_rows_enough(team):
    """Of candidates that are as good as production, most pass where there are rows enough."""
    share = team.ask(share_that_passes, GATE, 1500, 0.0, 0.05, 20)
    assert share >= 0.9, f"expected nearly all, found {share:.0%}"


def test_the_same_rows_are_compared(team):
    """Two models that differ on few rows are told apart by these rows, not by all."""
    share = team.ask(share_that_passes, GATE, 250, 0.0, 0.008, 20)
    assert share >= 0.9, f"expected nearly all, found {share:.0%}"


def test_few_rows_show_nothing(team):
    """Thirty rows on which a candidate loses nothing do not show that it is no worse."""
    tight = {**GATE, "tolerance": 0.01}
    share = team.ask(share_that_passes, tight, 30, 0.0, 0.04, 20)
    assert share <= 0.2, f"expected nearly none, found {share:.0%}"


def test_a_share_is_tolerated_of_productions_score(team):
    """A tolerance of 10% is a tenth of production's score, whatever its sign."""
    truth = [float(number) for number in range(200)]
    old = [number + 10 for number in truth]
    new = [number + 10.5 + (number % 2) / 5 for number in truth]
    passed, tolerated, scores, rows = team.ask(
        compared, {**GATE, "tolerance": "10%"}, truth, new, old
    )
    assert abs(tolerated - 1) < 1e-9, f"expected that 1 is tolerated of 10, found {tolerated}"
    assert passed, f"expected that it passes with scores {scores}"
    assert rows == 200, f"expected 200 rows, found {rows}"
    assert abs(scores[0] + 10.6) < 1e-6, f"expected -10.6, found {scores[0]}"
    passed, *_ = team.ask(compared, {**GATE, "tolerance": 0.5}, truth, new, old)
    assert not passed, "expected a refusal: it is 0.6 worse, and 0.5 is tolerated"


def test_the_worst_row_counts_once_more(team):
    """A candidate with one very bad row does not pass by that row's not being drawn."""
    truth = [0.0] * 60
    old = [1.0] * 60
    new = [1.0] * 59 + [4.0]
    passed, *_ = team.ask(compared, {**GATE, "tolerance": 0.12}, truth, new, old)
    assert not passed, "expected a refusal, it passed"
