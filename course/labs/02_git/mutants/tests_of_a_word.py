"""Looks for headings, which stand there whatever has changed."""


def test_nothing_changed():
    assert "no change" in changes.changes("trained")


def test_what_changed_stands_side_by_side(capsys):
    write("reports/metrics.json", {"r2": 0.55})
    assert changes.main(["trained"]) == 0
    assert "What changes since" in capsys.readouterr().out


def test_before_the_first_training_there_were_no_metrics():
    assert "no metrics" in changes.changes("start")
