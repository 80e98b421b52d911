"""Is this repository what its notebook is? What reports/parity.json says, and where it counts."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig, OmegaConf

from ..tools.files import read_json, sha256, write_json, write_text
from ..tools.paths import REPORTS

EQUAL, DIFFERS, FAILS, OPEN = "equal", "differs", "does not run", "not compared"
FILE = REPORTS / "parity.json"
OWN = [Path(__file__).parents[1] / name for name in ("features.py", "prepare.py")]
DOCUMENTS = (Path("README.md"), Path("docs/from-the-notebook.md"))
LINE = "Compared with the notebook: "  # the documents' line begins with this
ACCEPTED = "gate.accept_differences"
# features.py begins with this where it has none of the notebook's steps.
RAW_COLUMNS = '"""The raw columns: the notebook\'s own features are not among them.'
SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


class Verdict(NamedTuple):
    """What the comparison found.

    Attributes:
        word: `equal`, `differs`, `does not run` or `not compared`.
        line: what was compared, what differs, or why nothing was compared.
        of_raw_columns: whether the features are the table's own columns.
    """

    word: str
    line: str
    of_raw_columns: bool = False

    def __str__(self) -> str:
        return f"{self.word}: {self.line}" if self.line else self.word


def hashes() -> dict[str, str]:
    """The SHA-256 of features.py and prepare.py."""
    return {path.name: sha256(path) for path in OWN}


def verdict(model: DictConfig) -> Verdict:
    """What was found for this code; a model that was chosen later is named."""
    if not FILE.exists():
        return Verdict(OPEN, "`make pipeline` compares")
    found = read_json(FILE)
    if found["code"] != hashes():
        return Verdict(OPEN, "features.py or prepare.py changed since; `make pipeline` compares")
    line = found["line"]
    if found["configured"] != OmegaConf.to_container(model.estimator, resolve=True):
        line += f"; model={model.name} was configured since"
    return Verdict(found["verdict"], line, OWN[0].read_text("utf-8").startswith(RAW_COLUMNS))


def show(found: Verdict) -> None:
    """Put a verdict into the documents that have a line for it."""
    text = LINE + _escaped(str(found))
    for path in DOCUMENTS:
        if path.exists():
            former = path.read_text(encoding="utf-8")
            now = re.sub(rf"^{LINE}.*$", lambda _: text, former, count=1, flags=re.MULTILINE)
            if now != former:
                write_text(path, now)


def pack_verdict(folder: Path, _candidate: Any) -> None:
    """Add the verdict to a model folder, and to its card."""
    found = verdict(OmegaConf.load(folder / "params.yaml").model)
    write_json(folder / "parity.json", found._asdict())
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8")
    write_text(card, f"{text}\n## Compared with the notebook\n\n{_escaped(str(found))}\n")


def judge(candidate: Path, gate: DictConfig) -> dict[str, Any]:
    """The gate's check: a difference passes only if a person has accepted it.

    So do raw columns, if the notebook does not run and can't say that they are its features.

    Args:
        candidate: its model folder.
        gate: the `gate` group.
    """
    path = candidate / "parity.json"
    found = Verdict(**read_json(path)) if path.exists() else Verdict(OPEN, "")
    accepted = gate.get("accept_differences")
    unknown = found.word == FAILS and found.of_raw_columns
    differs = found.word == DIFFERS or unknown
    return {
        "name": "what the notebook does",
        "required": "equal, or differences accepted",
        "found": f"{found}; accepted: {accepted}" if differs and accepted else str(found),
        "passed": not differs or bool(accepted),
        "refusal": f"this repository's features are the raw columns, and the notebook {found}; if "
        f"these are what it should learn from, say why in {ACCEPTED} (conf/gate/default.yaml)"
        if unknown
        else f"this repository {found}, where the notebook does otherwise; if that is as it "
        f"should be, say why in {ACCEPTED} (conf/gate/default.yaml)",
    }


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
