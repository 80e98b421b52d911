"""A candidate passes if it is shown to be no worse."""

GATE = {"tolerance": 0.02, "confidence": 0.95, "resamples": 200}


def passes(part, gate, truth, new, old):
    """Put labels through the gate, by accuracy."""
    import numpy as np
    from omegaconf import OmegaConf

    predictions = part("model.metrics").Predictions
    truth = np.array(truth)
    found = part("registry.gate").compare(
        predictions(truth, np.array(new)),
        predictions(truth, np.array(old)),
        lambda made: float((made.truth == made.predicted).mean()),
        True,
        OmegaConf.create(gate),
        0,
    )
    return bool(found.passed)


def test_an_equal_candidate_passes(team):
    """A candidate that predicts what production predicts passes."""
    truth = [0, 1] * 50
    said = [0, 1, 1, 0] * 25
    assert team.ask(passes, GATE, truth, said, said), "expected that it passes, it was refused"


def test_a_much_worse_candidate_is_refused(team):
    """A candidate that is wrong three times as often is refused."""
    truth = [0, 1] * 100
    old = [*truth[:-20], *(1 - label for label in truth[-20:])]
    new = [*(1 - label for label in truth[:60]), *truth[60:]]
    assert not team.ask(passes, GATE, truth, new, old), "expected a refusal, it passed"


def test_a_much_better_candidate_passes(team):
    """A candidate that is wrong a third as often passes."""
    truth = [0, 1] * 100
    new = [*truth[:-20], *(1 - label for label in truth[-20:])]
    old = [*(1 - label for label in truth[:60]), *truth[60:]]
    assert team.ask(passes, GATE, truth, new, old), "expected that it passes, it was refused"
