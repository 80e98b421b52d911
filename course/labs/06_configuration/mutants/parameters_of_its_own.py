"""Runs the notebook with the parameters that stand in it."""


def report(cfg):
    try:
        notebook = papermill.execute_notebook(
            NOTEBOOK, None, kernel_name="python3", progress_bar=False
        )
    except papermill.PapermillExecutionError as error:
        raise Refusal(f"{NOTEBOOK}: {error.ename}: {error.evalue}") from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    write_text(REPORTS / "report.html", PAGE.substitute(title=escape(cfg.title), body=body))
