"""Alarms mean something."""


def corrected(part, p_values):
    """Correct p-values for their number."""
    return part("monitoring.compare").holm(p_values)


def p_value(part, champion, challenger):
    """Compare two models that answered requests of their own."""
    import numpy as np

    rows = len(champion) + len(challenger)
    quality = np.full((rows, 2), np.nan)
    quality[: len(champion), 0] = champion
    quality[len(champion) :, 1] = challenger
    gain, _, found = part("monitoring.ab")._tested(quality, "binary", 0.05)
    return [gain, found]


def old(part, days, limit):
    """Say whether a model of so many days is too old."""
    import time
    from types import SimpleNamespace

    version = SimpleNamespace(name="v0.0.1", made=time.time() - days * 86_400)
    found = part("retraining.reasons")._age(limit, version)
    return [bool(found.holds), found.found]


def test_p_values_are_corrected(team):
    """Holm's correction of three p-values, in the order in which they came."""
    found = team.ask(corrected, [0.04, 0.01, 0.03])
    expected = [0.06, 0.03, 0.06]
    close = all(abs(one - two) < 1e-9 for one, two in zip(found, expected, strict=True))
    assert close, f"expected {expected}, found {found}"


def test_a_much_better_challenger_is_found(team):
    """A challenger that is right 90 times of 100 is better than one that is right 50 times."""
    gain, found = team.ask(p_value, [0, 1] * 50, [1] * 90 + [0] * 10)
    assert abs(gain - 0.4) < 1e-9, f"expected a gain of 0.4, found {gain}"
    assert found < 0.001, f"expected a p-value below 0.001, found {found}"


def test_an_old_model_is_a_reason(team):
    """A model of 31 days is too old where 30 are allowed, one of 29 is not, and both are told."""
    for days, expected in ((31.0, True), (29.0, False)):
        holds, said = team.ask(old, days, 30)
        assert holds == expected, f"{days:g} days: expected {expected}, found {holds}"
        assert "v0.0.1" in said, f"{days:g} days: expected the version in it, found {said!r}"
