"""W&B as the tracker, offline."""

import struct
import time
from pathlib import Path

import pytest

from conftest import run_pipeline, sampled


def payload(record: bytes) -> bytes:
    """What a .wandb file holds: a head, then blocks of 32 KiB that cut long entries in pieces."""
    head = struct.Struct("<IHB")  # checksum, length, kind
    content, position = b"", head.size
    while position < len(record):
        left = 2**15 - position % 2**15
        if left < head.size:
            position += left
            continue
        _, length, _ = head.unpack_from(record, position)
        position += head.size
        content += record[position : position + length]
        position += length
    return content


@pytest.mark.slow
def test_wandb_records_a_run_offline(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_MODE", raising=False)
    run_pipeline(sampled("tracking=wandb", "tracking.autolog=true"))
    (folder,) = (workspace / "wandb").glob("offline-run-*")
    (record,) = folder.glob("*.wandb")
    metric = sampled().evaluate.metric
    expected = {metric, "test_size", "scikit-learn"}
    if sampled().data.task == "classification":
        expected.add("class_proportions")  # a chart of the integration
    deadline = time.monotonic() + 30  # W&B writes in a process of its own
    while not all(name.encode() in payload(record.read_bytes()) for name in expected):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    pictures = list(folder.glob("files/media/images/importance*.png"))
    assert bool(pictures) == ("plots" in sampled().evaluate)
