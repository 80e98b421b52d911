"""Several experiments in one command."""

import subprocess
import sys
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import experiments


@pytest.mark.slow
def test_a_multirun_keeps_its_jobs_apart(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained)
    quick = ("tracking=none", "search=none", "evaluate.resamples=20", "evaluate.slices=[]")
    words = [sys.executable, "-m", experiments.__name__, "-m", "model=dummy", "seed=1,2", *quick]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    cards = list((trained / "multirun").glob("**/models/evaluated/README.md"))
    assert len(cards) == 2
