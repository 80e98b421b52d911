"""Stage 6: run notebooks/report.ipynb on what the pipeline left, and keep what it shows as HTML."""

import logging
from html import escape
from pathlib import Path
from string import Template

import papermill
from nbconvert import HTMLExporter
from omegaconf import DictConfig, OmegaConf

from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import write_text
from ..tools.paths import REPORTS

NOTEBOOK = Path("notebooks/report.ipynb")

# A page of our own, since nbconvert's load scripts from the network.
PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif }
table { border-collapse: collapse; font-size: 14px }
th, td { border: 0; border-bottom: 1px solid #ddd; padding: 0.3rem 0.8rem }
th, td { text-align: left !important } /* pandas has its own opinion */
img { max-width: 100% }
pre { overflow-x: auto }
.anchor-link { display: none }
.silent h3 { color: #a40000 }
</style>
<body>
$body
</body>
</html>
""")

log = logging.getLogger(__name__)


def report(cfg: DictConfig) -> None:
    """Leave reports/report.html: the notebook's texts and outputs, without its code.

    Raises:
        Refusal: if a cell fails.
    """
    log.info("running %s", NOTEBOOK)
    try:
        notebook = papermill.execute_notebook(
            NOTEBOOK,
            None,
            {"root": ".", "config": OmegaConf.to_container(cfg, resolve=True)},
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=["--log-level=CRITICAL"],
        )
    except papermill.PapermillExecutionError as error:
        reason = f"{error.ename}: {error.evalue}".splitlines()[0]
        where = f"{NOTEBOOK}, cell {error.exec_count}"
        raise Refusal(f"{where}: {reason}; to look into it: make explore") from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    # Cells that show nothing go, with the random id of the one that holds the parameters.
    notebook.cells = [cell for cell in notebook.cells if cell.get("outputs", True)]
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    path = REPORTS / "report.html"
    write_text(path, PAGE.substitute(title=escape(cfg.title), body=body))
    log.info("%s", path)


main = command(report)

if __name__ == "__main__":
    main()
