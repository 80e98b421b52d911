"""One configuration for all stages, and a notebook that is run by it."""


def composed(part, overrides):
    """Compose conf/, which has one model more; give that of the result."""
    import shutil
    from pathlib import Path

    from omegaconf import OmegaConf

    module = part("tools.config")
    shutil.copytree(part("tools.paths").CONF, "conf")
    module.CONF = Path("conf").resolve()
    model = (
        "name: small\nestimator:\n  _target_: some.Model\n  depth: 2\n  seed: ${seed}\nspace: {}\n"
    )
    Path("conf/model/small.yaml").write_text(model, encoding="utf-8")
    return OmegaConf.to_container(module.composed(overrides).model)


def built(part, estimator):
    """Make a classifier of a configuration; give its class, and what it was given."""
    from omegaconf import OmegaConf

    data = part("data.schema")
    schema = data.Schema("y", "binary", (data.Column("y", "boolean"),))
    cfg = OmegaConf.create({"model": {"name": "some", "estimator": estimator}})
    found = part("model.pipeline").build_estimator(cfg, schema)
    given = {key: value for key, value in found.get_params().items() if key in estimator}
    return [type(found).__name__, given]


def reported(part, sources, config):
    """Run the stage `report` on a notebook whose first cell is tagged; give its page."""
    from pathlib import Path

    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from omegaconf import OmegaConf
    from papermill.engines import Engine, papermill_engines

    class Here(Engine):
        """Runs cells in this process: a kernel takes seconds to start."""

        @classmethod
        def execute_managed_notebook(cls, manager, kernel_name, **_):
            shell = InteractiveShell.instance()
            for number, cell in enumerate(manager.nb.cells):
                manager.cell_start(cell, number)
                if cell.cell_type == "code":
                    with capture_output() as caught:
                        shell.run_cell(cell.source)
                    output = nbformat.v4.new_output("stream", name="stdout", text=caught.stdout)
                    cell.outputs = [output] if caught.stdout else []
                manager.cell_complete(cell, number)

    papermill_engines.register(None, Here)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    Path("notebooks").mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, "notebooks/report.ipynb")
    part("stages.report").report(OmegaConf.create(config))
    return Path("reports/report.html").read_text(encoding="utf-8")


def test_a_choice_is_composed(team):
    """`model=small seed=7` gives the small model, with the seed in its place."""
    found = team.ask(composed, ["model=small", "seed=7"])
    expected = {"_target_": "some.Model", "depth": 2, "seed": 7}
    assert found["estimator"] == expected, f"expected {expected}, found {found['estimator']}"


def test_a_model_is_made_of_its_configuration(team):
    """The class that `_target_` names is made with what stands beside it."""
    estimator = {"_target_": "sklearn.dummy.DummyClassifier", "strategy": "constant", "constant": 1}
    found = team.ask(built, estimator)
    expected = ["DummyClassifier", {"strategy": "constant", "constant": 1}]
    assert found == expected, f"expected {expected}, found {found}"


def test_the_notebook_gets_the_configuration(team):
    """The page shows what the notebook's cells print with the run's configuration."""
    sources = ["root = '..'\nconfig = {'seed': 0}", "print('the seed is', config['seed'])"]
    page = team.ask(reported, sources, {"title": "Ships", "seed": 7})
    assert "the seed is 7" in page, "expected 'the seed is 7' on the page, it is not there"
