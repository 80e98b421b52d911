"""What stands out in a table before a model learns from it: reports/noticed.html, and the gate."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from ..data.schema import Schema
from ..tools.command import command
from ..tools.files import read_json, write_text
from ..tools.paths import NOTICED, REPORTS
from .findings import Finding, Look, findings, look_at, quoted
from .ingest import read_prepared, read_sample

PAGE = REPORTS / "noticed.html"
MOST = 10  # findings on the page


def notice(table: pd.DataFrame, schema: Schema, cfg: DictConfig) -> list[Finding]:
    """Look at a table, and leave what stands out on reports/noticed.html and in the terminal.

    Args:
        table: prepared.
        schema: of it.
        cfg: the composed configuration.
    """
    look = look_at(table, schema, cfg)
    if look.table.empty:
        return []
    found = findings(look)
    write_text(PAGE, page(found, look))
    if not found:
        print(f"Noticed: nothing that stands out ({PAGE})")
        return found
    print(f"Noticed ({PAGE}):")
    for number, finding in enumerate(found[:MOST], 1):
        print(f"{number:>3}. {finding.title}. {finding.text}\n     {finding.line}")
        if finding.silent and (remark := _answer(finding, cfg)):
            print(f"     {remark}")
    if len(found) > MOST:
        print(f"     and {len(found) - MOST} lesser ones")
    return found


# In the gate


def judge(candidate: Path, gate: DictConfig) -> dict[str, Any]:
    """The gate's check: what would be wrong without anybody's notice has to be answered.

    A notebook whose features, rows and model are this repository's has answered: it is what its
    author does.

    Args:
        candidate: its model folder.
        gate: the `gate` group.
    """
    found = [Finding(**{**one, "columns": tuple(one["columns"])}) for one in read_json(NOTICED)]
    answers = gate.get("accept_noticed") or {}
    open_ones = [finding for finding in found if not _answered(finding, answers)]
    comparison = candidate / "parity.json"
    as_in_notebook = comparison.exists() and read_json(comparison)["word"] == "equal"
    said = [_said(finding, answers, as_in_notebook) for finding in found]
    todo = "; ".join(f"{finding.title}: {finding.line}" for finding in open_ones)
    accepting = _accepting([finding.columns[0] for finding in open_ones])
    return {
        "name": "what was noticed in the table",
        "required": "nothing silently wrong, or answered",
        "found": "; ".join(said) or "nothing",
        "passed": as_in_notebook or not open_ones,
        "refusal": f"noticed, not answered: {todo}; or, if it is right so, say why in "
        f"conf/gate/default.yaml: {accepting}",
    }


def _said(finding: Finding, answers: Mapping[str, str], as_in_notebook: bool) -> str:
    if _answered(finding, answers):
        return f"{finding.title}; accepted: {answers[finding.columns[0]]}"
    if as_in_notebook:
        return f"{finding.title}, as in the notebook"
    return f"noticed, not answered: {finding.title}"


def _answered(finding: Finding, answers: Mapping[str, str]) -> bool:
    return finding.columns[0] in answers


def _answer(finding: Finding, cfg: DictConfig) -> str:
    """What to do where it is right so."""
    if _answered(finding, answers := cfg.gate.get("accept_noticed") or {}):
        return f"Accepted: {answers[finding.columns[0]]}"
    remark = (
        "`make promote` asks for an answer: that line, or why it is right so, "
        f"conf/gate/default.yaml: {_accepting(finding.columns[:1])}."
    )
    if "parity" in cfg:
        remark += " Where this repository equals its notebook, that is the answer."
    return remark


def _accepting(columns: Iterable[str]) -> str:
    return "accept_noticed: {" + ", ".join(f"{quoted(name)}: why" for name in columns) + "}"


# The page

# It opens without a network.
FRAME = Template("""\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title: noticed</title>
<style>
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif }
li { margin-bottom: 1.2rem }
code { background: #f3f3f3; padding: 0.1rem 0.3rem; overflow-wrap: anywhere }
.silent h3 { color: #a40000 }
h3 { font-size: 1.1rem; margin: 0 }
p { margin: 0.2rem 0 }
</style>
<body>
<h1>Noticed in $table</h1>
<p>$about</p>
$found
</body>
</html>
""")


def page(found: list[Finding], look: Look) -> str:
    """The page for a browser."""
    table = look.table
    about = f"{len(table):,} rows with a target, {len(table.columns):,} columns"
    if len(look.sample) < len(table):
        about += (
            f"; what takes long was looked for in {len(look.sample):,} of them, "
            f"drawn with the seed {look.cfg.seed}"
        )
    return FRAME.substitute(
        title=escape(str(look.cfg.title)),
        table=escape(str(look.cfg.data.path)),
        about=escape(about + "."),
        found=as_list(found, look.cfg),
    )


def as_list(found: list[Finding], cfg: DictConfig) -> str:
    """Findings as a list in HTML, the lesser ones by their titles."""
    if not found:
        return "<p>Nothing stands out.</p>"
    items = "\n".join(_item(finding, cfg) for finding in found[:MOST])
    rest = ", ".join(finding.title for finding in found[MOST:])
    end = f"\n<p>Left out are lesser ones: {escape(rest)}.</p>" if rest else ""
    return f"<ol>\n{items}\n</ol>{end}"


def _item(finding: Finding, cfg: DictConfig) -> str:
    answer = f"<p>{escape(_answer(finding, cfg))}</p>" if finding.silent else ""
    kind = ' class="silent"' if finding.silent else ""
    return (
        f"<li{kind}><h3>{escape(finding.title)}</h3>"
        f"<p>{escape(finding.text)}</p><p><code>{escape(finding.line)}</code></p>{answer}</li>"
    )


def look_again(cfg: DictConfig) -> None:
    """Look at the table as it is configured now."""
    notice(read_prepared(cfg.data, read_sample(cfg.data)), Schema.load(), cfg)


main = command(look_again)

if __name__ == "__main__":
    main()
