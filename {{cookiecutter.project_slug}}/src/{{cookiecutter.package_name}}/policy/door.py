"""What the service asks of a model folder and of its own settings, before it answers with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..tools.errors import Refusal
from . import Policy
from .judge import packed


def check_model(folder: Path, max_bytes: int = 0, log: Mapping[str, Any] | None = None) -> None:
    """Refuse what the policy does.

    Args:
        folder: of the model.
        max_bytes: that a request may have.
        log: how predictions are kept, if they are.

    Raises:
        Refusal: if the model was judged under another policy or is of a forbidden class, or if
            requests or the log may be larger, older or plainer than the policy allows.
    """
    policy, found = Policy.load(), packed(folder)
    if found.get("policy") != policy.digest:
        under = str(found.get("policy", "none"))[:12]
        raise Refusal(
            f"{folder} was judged under another policy ({under}) than .policy.yaml "
            f"({policy.digest[:12]}); `make pipeline promote`"
        )
    if bad := policy.forbids(found.get("classes", [])):
        raise Refusal(f"{folder} is of the class {bad}")
    most = policy.get("limits.request_bytes")
    if most is not None and max_bytes > most:
        why = policy.because("limits.request_bytes")
        raise Refusal(f"serving.max_bytes is {max_bytes}, at most {most} is allowed ({why})")
    if log is not None and log.get("folder") is not None:
        _check_log(policy, folder, log)


def _check_log(policy: Policy, folder: Path, log: Mapping[str, Any]) -> None:
    days, most = log.get("keep_days"), policy.get("data.log_days")
    if most is not None and (days is None or days > most):
        why = policy.because("data.log_days")
        raise Refusal(f"log.keep_days is {days}, at most {most} is allowed ({why})")
    schema = yaml.safe_load((folder / "schema.yaml").read_text(encoding="utf-8"))
    columns = set(map(str, schema["columns"]))
    dropped, hashed = set(log.get("drop") or ()), set(log.get("hash") or ())
    for kind, safe in (("drop", dropped), ("hash", dropped | hashed)):
        for column in policy.get(f"data.{kind}", []):
            if column in columns and column not in safe:
                why = policy.because(f"data.{kind}")
                raise Refusal(f"log.{kind} lacks {column} ({why})")
