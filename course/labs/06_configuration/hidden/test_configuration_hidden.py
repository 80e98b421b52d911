"""Choices, models and notebooks that students don't see."""


def composed(part, choices):
    """Compose conf/ with one model more by each list of choices.

    Give for each: model, seed and share of test rows, or what was refused. At the end: what is new
    in the folder.
    """
    import shutil
    from pathlib import Path

    from omegaconf import OmegaConf

    module = part("tools.config")
    shutil.copytree(part("tools.paths").CONF, "conf")
    module.CONF = Path("conf").resolve()
    model = {"name": "odd", "estimator": {"_target_": "some.Model", "sizes": [3, "${seed}"]}}
    OmegaConf.save(OmegaConf.create({**model, "space": {}}), "conf/model/odd.yaml")
    before, found = {path.name for path in Path.cwd().iterdir()}, []
    for overrides in choices:
        try:
            cfg = module.overridden(overrides)
        except part("tools.errors").Refusal as refusal:
            found.append(str(refusal))
            continue
        whole = OmegaConf.to_container(cfg)  # as it is, with whatever was not resolved
        sizes = whole["model"]["estimator"].get("sizes")
        found.append([sizes, whole["seed"], whole["data"]["split"]["test_size"]])
    return [found, sorted({path.name for path in Path.cwd().iterdir()} - before)]


def built(part, estimators, task):
    """Make the estimator of each configuration; give the types of its parameters, or a refusal."""
    from omegaconf import OmegaConf
    from sklearn.base import clone

    data = part("data.schema")
    schema = data.Schema("y", task, (data.Column("y", "number"),))
    found = []
    for estimator in estimators:
        cfg = OmegaConf.create({"model": {"name": "strange", "estimator": estimator}})
        try:
            made = clone(part("model.pipeline").build_estimator(cfg, schema))
        except part("tools.errors").Refusal as refusal:
            found.append(str(refusal))
            continue
        given = made.get_params(deep=False)
        kinds = {key: type(given[key]).__name__ for key in estimator if key in given}
        found.append([type(made).__name__, kinds])
    return found


def reported(part, notebooks, config):
    """Run the stage `report` on one notebook after the other, as (kind, source) of each cell.

    Give for each the page that is there then, and what was refused.
    """
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
            shell.showtraceback = lambda *_, **__: None
            count = 0
            for number, cell in enumerate(manager.nb.cells):
                manager.cell_start(cell, number)
                if cell.cell_type == "code":
                    count += 1
                    values = []
                    shell.display_trap.hook = values.append  # of a cell's last line
                    with capture_output() as caught:
                        result = shell.run_cell(cell.source)
                    cell.execution_count = count
                    for name in ("stdout", "stderr"):
                        if text := getattr(caught, name):
                            output = nbformat.v4.new_output("stream", name=name, text=text)
                            cell.outputs.append(output)
                    shown = [each.data for each in caught.outputs]
                    known = [value for value in values if value is not None]
                    shown += [shell.display_formatter.format(value)[0] for value in known]
                    for each in shown:
                        output = nbformat.v4.new_output("display_data", data=each)
                        cell.outputs.append(output)
                    if error := result.error_before_exec or result.error_in_exec:
                        kind, text = type(error).__name__, str(error)
                        output = nbformat.v4.new_output("error", ename=kind, evalue=text)
                        cell.outputs.append(output)
                        manager.cell_exception(cell, number)
                        return
                manager.cell_complete(cell, number)

    papermill_engines.register(None, Here)
    papermill_engines.register("nbclient", Here)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    Path("notebooks").mkdir()
    page, found = Path("reports/report.html"), []
    for notebook in notebooks:
        cells = []
        for kind, source in notebook:
            new = nbformat.v4.new_markdown_cell if kind == "text" else nbformat.v4.new_code_cell
            cells.append(new(source))
            if kind == "parameters":
                cells[-1].metadata["tags"] = ["parameters"]
        made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(made, "notebooks/report.ipynb")
        said = None
        try:
            part("stages.report").report(OmegaConf.create(config))
        except part("tools.errors").Refusal as refusal:
            said = str(refusal)
        found.append([page.read_text(encoding="utf-8") if page.exists() else None, said])
    return found


def test_choices_one_after_the_other(team):
    """Each choice is composed, whatever was composed before, with every reference in its place."""
    choices = [["model=odd"], ["model=odd", "seed=7", "data.split.test_size=0.4"], []]
    found, files = team.ask(composed, choices)
    first, second, third = found
    for one in found:
        assert isinstance(one, list), f"expected a configuration, it was refused: {one}"
    assert first[0] == [3, first[1]], f"expected the seed {first[1]} in [3, seed], found {first[0]}"
    assert second == [[3, 7], 7, 0.4], f"expected [3, 7], 7 and 0.4, found {second}"
    assert third[0] is None, f"expected the usual model, found one with sizes {third[0]}"
    assert third[1:] == first[1:], f"expected {first[1:]} again, found {third[1:]}"
    assert not files, f"expected that nothing is left behind, found {files}"


def test_what_can_not_be_is_refused(team):
    """A key that there is not, a value out of range and an unknown choice are refused in a line."""
    choices = [["+gate.minimun=1"], ["gate.confidence=95"], ["seed=-1"], ["model=nothing"], ["a=b"]]
    found, _ = team.ask(composed, choices)
    for choice, said in zip(choices, found, strict=True):
        assert isinstance(said, str), f"expected that {choice[0]} is refused, it was composed"
        assert "\n" not in said, f"expected one line, found {said!r}"


def test_models_get_plain_values(team):
    """A model is made with plain lists, and of models within it, so that it can be copied."""
    nested = {"_target_": "sklearn.tree.DecisionTreeClassifier", "max_depth": 3}
    found = team.ask(
        built,
        [
            {"_target_": "sklearn.neural_network.MLPClassifier", "hidden_layer_sizes": [5, 3]},
            {"_target_": "sklearn.ensemble.BaggingClassifier", "estimator": nested},
            {"_target_": "sklearn.linear_model.LogisticRegression", "class_weight": {0: 1, 1: 2}},
        ],
        "binary",
    )
    expected = [
        ["MLPClassifier", {"hidden_layer_sizes": "list"}],
        ["BaggingClassifier", {"estimator": "DecisionTreeClassifier"}],
        ["LogisticRegression", {"class_weight": "dict"}],
    ]
    assert found == expected, f"expected {expected}, found {found}"


def test_models_that_can_not_be_are_refused(team):
    """A package that is missing, an unknown option and the wrong kind are refused by name."""
    wrong = [
        {"_target_": "nowhere_at_all.Model"},
        {"_target_": "sklearn.dummy.DummyClassifier", "strateggy": "prior"},
        {"_target_": "sklearn.dummy.DummyRegressor"},
    ]
    found = team.ask(built, wrong, "multiclass")
    found += team.ask(built, [{"_target_": "sklearn.dummy.DummyClassifier"}], "regression")
    for estimator, said in zip([*wrong, "a classifier for numbers"], found, strict=True):
        assert isinstance(said, str), f"expected that {estimator} is refused, found {said}"
        assert "strange" in said, f"expected the name of the model, found {said!r}"


CONFIG = {"title": "Fish & <b>chips</b>", "seed": 7, "half": "${seed}"}
START = ["parameters", "root = '..'\nconfig = {}"]
NOTEBOOK = [
    START,
    ["text", "## How well it does"],
    ["code", "hidden_name = config['half'] * 6\nprint('the answer is', hidden_name)"],
    ["code", "import sys\nprint('a warning of some library', file=sys.stderr)"],
    ["code", "from IPython.display import HTML\nHTML('<i>' + str(root) + '</i>')"],
]
BROKEN = [START, ["code", "print('half a page')"], ["code", "{}['price']"], ["code", "print(1)"]]


def test_pages(team):
    """A page shows texts and outputs, and no code; a cell that fails leaves the former page."""
    (page, said), (after, refused) = team.ask(reported, [NOTEBOOK, BROKEN], CONFIG)
    assert said is None, f"expected a page, it was refused: {said}"
    for text in ("How well it does", "the answer is 42", "<i>.</i>", "Fish &amp; &lt;b&gt;chips"):
        assert text in page, f"expected {text!r} on the page, it is not there"
    for text in ("hidden_name", "a warning of some library", "<script", "chips</b>"):
        assert text not in page, f"expected no {text!r} on the page, it is there"
    assert refused, "expected a refusal where a cell fails, there was none"
    assert "price" in refused, f"expected the reason in it, found {refused!r}"
    assert "\n" not in refused, f"expected one line, found {refused!r}"
    assert after == page, "expected the former page where a cell fails, found another"
