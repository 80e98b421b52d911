"""Runs what it tests, and asserts nothing."""


def test_nothing_changed():
    changes.changes("trained")


def test_what_changed_stands_side_by_side(capsys):
    write("reports/metrics.json", {"r2": 0.55})
    changes.main(["trained"])
    capsys.readouterr()


def test_before_the_first_training_there_were_no_metrics():
    changes.changes("start")
