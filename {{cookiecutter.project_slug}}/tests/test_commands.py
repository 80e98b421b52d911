"""The commands as people type them, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

from omegaconf import OmegaConf

PACKAGE = "{{ cookiecutter.package_name }}"


def run(module: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", f"{PACKAGE}.{module}", *overrides]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_refusal_is_one_line_without_a_traceback(workspace: Path) -> None:
    answer = run("stages.split")
    assert answer.returncode == 1
    assert answer.stderr.strip().startswith("Refused: data/interim/table.parquet is not there")
    assert "Traceback" not in answer.stderr


def test_a_stage_takes_its_configuration_from_params(workspace: Path, cfg: object) -> None:
    OmegaConf.save(cfg, "params.yaml", resolve=True)
    answer = run("stages.ingest", "--config-dir", ".", "--config-name", "params")
    assert answer.returncode == 0, answer.stderr
    assert (workspace / "data/interim/table.parquet").exists()


def test_a_schema_is_described_once(workspace: Path, cfg: object) -> None:
    OmegaConf.save(cfg, "params.yaml", resolve=True)
    options = ["--config-dir", ".", "--config-name", "params"]
    before = Path("data/schema.yaml").read_text(encoding="utf-8")
    assert run("stages.describe", *options).returncode == 0
    assert Path("data/schema.yaml").read_text(encoding="utf-8") == before
    Path("data/schema.yaml").unlink()
    answer = run("stages.describe", *options)
    assert answer.returncode == 0, answer.stderr
    assert Path("data/schema.yaml").exists()
