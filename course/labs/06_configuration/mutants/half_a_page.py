"""Keeps the page of a notebook that failed."""


def report(cfg):
    done = Path("done.ipynb")
    reason = None
    try:
        papermill.execute_notebook(
            NOTEBOOK,
            done,
            {"root": ".", "config": OmegaConf.to_container(cfg, resolve=True)},
            kernel_name="python3",
            progress_bar=False,
        )
    except papermill.PapermillExecutionError as error:
        reason = f"{NOTEBOOK}: {error.ename}: {error.evalue}"
    import nbformat

    notebook = nbformat.read(done, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    write_text(REPORTS / "report.html", PAGE.substitute(title=escape(cfg.title), body=body))
    if reason:
        raise Refusal(reason)
