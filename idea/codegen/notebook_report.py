"""Writes `docs/from-the-notebook.md`: what became of each cell, what leaked, what to look at."""

import re
from collections.abc import Iterator, Mapping, Sequence

from idea.analysis import Idea
from idea.analysis.cell_fates import cell_fates
from idea.codegen.cell_notes import gist, why_it_stays
from idea.codegen.step_functions import Function
from idea.notebooks import Cell

# The rendered repo puts its verdict into the line that begins so.
NOT_YET_COMPARED = "Compared with the notebook: not yet (`make pipeline` compares)"
AT_THE_END = "a model of the last section"


def document(
    idea: Idea,
    notebook: str,
    steps: Mapping[str, Sequence[Function]],
    also_tried: Mapping[str, str],
) -> str:
    """Write the document.

    Args:
        idea: the result of the analysis.
        notebook: the notebook's name in the repo.
        steps: of the modules `features` and `prepare`.
        also_tried: files of other models that the notebook tries and the repo does not have, by
            the model's name.
    """
    lines = [
        "# From the notebook",
        "",
        f"What became of `notebooks/{notebook}`, which is kept unmodified. `make pipeline`",
        "runs it as far as its fit and compares; `make parity` runs all of it, for its scores.",
        "",
        NOT_YET_COMPARED,
        "",
        *_summary(idea),
        "",
        "## Cell by cell",
        "",
        "Cells are counted from 0, text cells included.",
        "",
        "| cell | what it does | where it went |",
        "| --- | --- | --- |",
        *_cells(idea, steps, AT_THE_END if also_tried else "`conf/model/`"),
        "",
        "## Moved to current libraries",
        "",
        *(_moved(idea) or ["Nothing."]),
        "",
        "## Leakage",
        "",
        *(_leakage(idea) or ["None was found in the code."]),
        "",
        "## Checklist",
        "",
        *_checklist(idea),
        *_also_tried(also_tried),
    ]
    return "\n".join(lines) + "\n"


def _summary(idea: Idea) -> Iterator[str]:
    reading = idea.reading
    yield "| | |"
    yield "| --- | --- |"
    if idea.unparted:
        yield (
            f"| form | table only, until `make pipeline` tries the notebook's own cells for each "
            f"row: {idea.unparted.replace('|', '/')} |"
        )
    yield f"| data | `{idea.source.as_written}` |"
    for table in idea.look_ups:
        yield f"| looked up in | `{table.source.as_written}` (`data/raw/{table.name}`) |"
    made = " (made by `prepare.py`)" if reading.preparation.y is not None else ""
    yield f"| target | `{reading.target.column}`{made} |"
    if idea.numbers:
        pairs = ", ".join(f"{label} is {number}" for label, number in idea.numbers.items())
        yield f"| classes | as in the table; in the notebook {pairs} |"
    if idea.transforms:
        steps = ", then ".join(map(str, idea.transforms))
        yield (
            f"| unit | the table's: the model learns {steps}, as in the notebook, and turns its "
            f"answers back; scores, the gate's among them, are in the table's unit |"
        )
    yield f"| task | {idea.task} |"
    instead = f"; {idea.unread}" if idea.unread else ""
    yield f"| model | `{idea.estimator.path}`{instead} |"
    if idea.others:
        yield f"| also tried | {', '.join(f'`{other.name}`' for other in idea.others)} |"
    yield f"| judged by | `{idea.metric}` |"
    shown = next((s for s in reversed(idea.scores) if s.value is not None), None)
    if shown:
        yield f"| last stored score | {shown.metric} {shown.value:.4f} (cell {shown.cell}) |"
    yield f"| split | {idea.split_kind}, {idea.test_size:g} of the rows to test, seed {idea.seed} |"


def _cells(idea: Idea, steps: Mapping[str, Sequence[Function]], others: str) -> Iterator[str]:
    """Write a row for each code cell.

    Args:
        idea: the result of the analysis.
        steps: of the modules `features` and `prepare`.
        others: the place of the other models that the notebook tries.
    """
    fates = dict(cell_fates(idea))
    for cell in idea.notebook.cells:
        if cell.kind != "code" or not cell.source.strip():
            continue
        where = "; ".join(_places(cell, fates.get(cell.number, set()), idea, steps, others))
        yield f"| {cell.number} | {gist(cell)} | {where} |"


def _places(
    cell: Cell, fates: set[str], idea: Idea, steps: Mapping[str, Sequence[Function]], others: str
) -> Iterator[str]:
    for module, found in steps.items():
        names = [step.name for step in found if cell.number in step.cells]
        if module in fates:  # a list of names stands at the top, in no step
            yield f"`{module}.py`" + ": " * bool(names) + ", ".join(f"`{n}`" for n in names)
    if "data" in fates:
        yield "`conf/data/`"
    if "split" in fates:
        yield "`conf/data/` (split)"
    if "model" in fates:
        yield f"`conf/model/{idea.estimator.name}.yaml`"
    elif "models" in fates:
        yield others
    if "metric" in fates:
        yield f"`conf/config.yaml` (`{idea.metric}`)"
    if not fates:
        yield why_it_stays(cell, idea.script.imports)


def _moved(idea: Idea) -> list[str]:
    return [f"- cell {cell}: `{move.was}` → `{move.now}`" for cell, move in idea.script.moved]


def _leakage(idea: Idea) -> list[str]:
    reading, features = idea.reading, idea.reading.features
    found = []
    if reading.split.position >= 0 and features.before_split:
        names = ", ".join(f"`{name}`" for name in features.before_split)
        found.append(
            f"- The notebook computes {names} before it splits, so test rows count too. Here they "
            "are computed from training rows only, and the score may be a little lower."
        )
    found += [
        f"- The notebook resamples rows (`{one.name}`, cell {one.cell}) before it splits, so test "
        "rows are copies or mixtures of training rows, and its score is too good. Here no row is "
        "resampled."
        for one in reading.resampled
        if one.before_split
    ]
    if reading.split.position < 0 and features.learned:
        names = ", ".join(f"`{name}`" for name in features.learned)
        found.append(
            f"- The notebook fits to all rows, and computes {names} from them. Here they are "
            "computed from training rows only."
        )
    target = reading.target
    if reading.preparation.y is not None and not target.is_in(reading.raw):
        found.append(
            f"- The target `{target.column}` is computed from other columns: make sure that each "
            "feature is known when a prediction is requested."
        )
    return found


def _checklist(idea: Idea) -> Iterator[str]:
    yield "- [ ] `make parity`: are the features and the score those of the notebook?"
    yield "- [ ] `data/schema.yaml`: types, ranges and categories were inferred from the data."
    yield "- [ ] `conf/gate/default.yaml`: set the score that a model must reach."
    if idea.reading.features.filters:
        count = len(idea.reading.features.filters)
        yield (
            f"- [ ] `prepare.py` leaves out rows as the notebook does ({count} "
            f"{'filter' if count == 1 else 'filters'}); requests for such rows are still answered."
        )
    if idea.reading.preparation.kept and idea.reading.features.before_filters:
        names = ", ".join(f"`{name}`" for name in idea.reading.features.before_filters)
        yield (
            f"- [ ] The notebook computes {names} before it leaves out rows. Here they are "
            "computed from the training rows that remain."
        )
    for cell, note in dict.fromkeys(idea.notes):
        yield f"- [ ] cell {cell}: {note}"
    for number, what in idea.notebook.set_aside:
        if not re.search(r": (%(?!%)|!|\?)", what):  # a magic has no place in a module
            yield f"- [ ] cell {number}: {what}"


def _also_tried(models: Mapping[str, str]) -> Iterator[str]:
    if not models:
        return
    yield from ("", "## Models that the notebook also tries", "")
    yield "A file in `conf/model/` makes one of them a choice: `dvc exp run -S model=<name>`."
    for name, text in models.items():
        yield from ("", f"`conf/model/{name}.yaml`:", "", "```yaml", *text.splitlines()[1:], "```")
