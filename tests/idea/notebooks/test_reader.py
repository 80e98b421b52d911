"""Notebooks are read whatever wrote them, their code becomes Python, and what is none is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from idea.notebooks import BadNotebook, Notebook, read_notebook
from idea.notebooks.magics import plain_python
from idea.syntax import parse


def code(source: str | list[str], count: int | None = None, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "execution_count": count, "outputs": []} | more


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source}


def read(folder: Path, *cells: dict[str, Any], **metadata: Any) -> Notebook:
    path = folder / "idea.ipynb"
    path.write_text(
        json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}), encoding="utf-8"
    )
    return read_notebook(path)


def read_script(folder: Path, text: str) -> Notebook:
    path = folder / "idea.py"
    path.write_text(text, encoding="utf-8")
    return read_notebook(path)


def test_cells_are_read(tmp_path: Path) -> None:
    outputs = [
        {"output_type": "stream", "text": ["0.9\n", "\x1b[1mdone\x1b[0m"]},
        {"output_type": "execute_result", "data": {"text/plain": "3"}},
        {"output_type": "display_data", "data": {"image/png": "iVBO", "text/plain": "<Figure>"}},
        {"output_type": "error", "traceback": ["no"]},
    ]
    found = read(
        tmp_path, markdown("# Idea"), code(["x = 1\n", "x"], 4, outputs=outputs), code("!ls")
    )
    assert found.language == "python"
    heading, cell, shell = found.cells
    assert (heading.kind, heading.code, heading.number) == ("markdown", "", 0)
    assert (cell.kind, cell.number, cell.count, cell.heading) == ("code", 1, 4, "Idea")
    assert cell.source == cell.code == "x = 1\nx"
    assert cell.outputs == ("0.9\ndone", "3")
    assert (shell.source, shell.code) == ("!ls", "")
    assert found.set_aside == ((2, "line 1: !ls"),)


def test_format_3_is_read(tmp_path: Path) -> None:
    path = tmp_path / "idea.ipynb"
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Load"]},
        {
            "cell_type": "code",
            "input": ["x = 1\n", "x"],
            "prompt_number": 3,
            "outputs": [{"output_type": "pyout", "text": ["1"]}, {"output_type": "pyerr"}],
        },
    ]
    path.write_text(
        json.dumps({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3}),
        encoding="utf-8",
    )
    first, second = read_notebook(path).cells
    assert (first.kind, first.source) == ("markdown", "## Load")
    assert (second.code, second.count, second.outputs, second.heading) == (
        "x = 1\nx",
        3,
        ("1",),
        "Load",
    )


def test_a_script_in_percent_format_is_read(tmp_path: Path) -> None:
    found = read_script(
        tmp_path,
        "# ---\n# jupyter: {}\n# ---\n\n# %% [markdown]\n# ## Load\n# it\n\n"
        '# %%\nx = 1\n\n# %% Split it tags=["a"]\n# !pip install xgboost\ny = x\n'
        '\n# %% [markdown]\n"""\n# Fit\n"""\n#%%\nz = y\n',
    )
    assert [(cell.kind, cell.code.strip(), cell.heading) for cell in found.cells[1:]] == [
        ("markdown", "", "Load"),
        ("code", "x = 1", "Load"),
        ("code", "y = x", "Split it"),
        ("markdown", "", "Fit"),
        ("code", "z = y", "Fit"),
    ]
    assert found.packages == ("xgboost",)


def test_a_converted_script_is_read(tmp_path: Path) -> None:
    text = (
        "#!/usr/bin/env python\n# In[2]:\nx = 1\n\n# In[ ]:\n\nget_ipython().magic('ls')\ny = x\n"
    )
    _, first, second = read_script(tmp_path, text).cells
    assert (first.code, first.count) == ("x = 1", 2)
    assert (second.code, second.count) == ("\ny = x", None)


def test_a_plain_script_is_one_cell(tmp_path: Path) -> None:
    (cell,) = read_script(tmp_path, "\ufeffx = 1\r\ny = 2\r\n").cells
    assert (cell.code, cell.heading) == ("x = 1\ny = 2\n", "")


PLAIN = {
    "%matplotlib inline\nx = 1": "\nx = 1",
    "x = 1\n%load_ext autoreload\ny = 2": "x = 1\n\ny = 2",
    "%time m.fit(X)": "m.fit(X)",
    "%timeit m.fit(X)": "",
    "%%time\nm.fit(X)": "\nm.fit(X)",
    "%%capture out\nx = 1": "\nx = 1",
    "%%bash\nls": "",
    "%%writefile a.py\nx = 1": "",
    "%pylab inline": "import numpy as np; import matplotlib.pyplot as plt",
    "files = !ls\nx = 1": "\nx = 1",
    "!wget a \\\n  -O b\nx = 1": "\n\nx = 1",
    "df.head?\nx = 1": "\nx = 1",
    "?df\nx = 1": "\nx = 1",
    "pip install xgboost\nx = 1": "\nx = 1",
    "if a:\n    !ls\nelse:\n    %time f()": "if a:\n    pass\nelse:\n    f()",
    "get_ipython().system('ls')\nx = 1": "\nx = 1",
    # no magics
    'x = """\n%a\n!b\n"""\n!ls': 'x = """\n%a\n!b\n"""\n',
    "x = (a\n  % b)\n!echo don't\ny = 1": "x = (a\n  % b)\n\ny = 1",
    "x = a \\\n  % b\n!ls": "x = a \\\n  % b\n",
    # not quite Python
    "  x = 1\n  y = 2": "x = 1\ny = 2",
    "x = 1\nsome words here\ny = 2": "x = 1\n\ny = 2",
    "if a:\n    some words here\ny = 2": "if a:\n    pass\ny = 2",
    "x = 1\nfor a in b:": "x = 1\n",
    "a b\n" * 9: "",
    "x = '\0'": "",
    "x = " + "(" * 500 + ")" * 500: "",
}


@pytest.mark.parametrize("source", PLAIN, ids=lambda source: source[:24])
def test_cells_become_python(source: str) -> None:
    plain = plain_python(source)
    assert plain.code == PLAIN[source]
    assert parse(plain.code) is not None
    assert plain.code == "" or plain.code.count("\n") == source.count("\n")


PYTHON_2 = {
    "print 'a %s' % b, c  # see": "print('a %s' % b, c)  # see",
    "print": "print()",
    "print x,": 'print(x, end=" ")',
    "print >>f, x": "print(x, file=f)",
    "print (a), b": "print((a), b)",
    "print(a)": "print(a)",
    "if a: print b": "if a: print(b)",
    "print 'a' % (\n    b)": "print('a' % (\n    b))",
    "for i in xrange(3):\n    print i; print d": "for i in range(3):\n    print(i); print(d)",
    "try:\n    a\nexcept (A, B), e:\n    raise C, 'd'": "try:\n    a\nexcept (A, B) as e:\n"
    "    raise C('d')",
    "d.has_key('xrange')": "('xrange' in d)",
    "sorted(d.iteritems())": "sorted(d.items())",
    "from StringIO import StringIO": "from io import StringIO",
    "import cPickle as pickle": "import pickle as pickle",
}


@pytest.mark.parametrize("source", PYTHON_2)
def test_python_2_becomes_python_3(source: str) -> None:
    assert plain_python(source, python2=True).code == PYTHON_2[source]


def test_python_2_is_known_by_a_print_or_by_the_kernel(tmp_path: Path) -> None:
    names = code("xrange(unicode(x))")
    assert read(tmp_path, names).cells[0].code == "xrange(unicode(x))"
    assert read(tmp_path, names, code("print x")).cells[0].code == "range(str(x))"
    assert read(tmp_path, names, kernelspec={"name": "python2"}).cells[0].code == "range(str(x))"


def test_what_is_no_python_is_set_aside(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        code("x = 1"),
        code("%%html\n<b>"),
        code("y = 1\nfit the model"),
        code("a b\n" * 9),
        code("!ls " + "x" * 999),
    )
    (_, html), (_, words), (_, prose), (_, shell) = found.set_aside
    assert [number for number, _ in found.set_aside] == [1, 2, 3, 4]
    assert html == "the cell: %%html"
    assert words.startswith("line 2: fit the model (")
    assert prose.startswith("the cell: it is not Python (")
    assert len(shell) < 120


INSTALLS = {
    "!pip install -q -U xgboost 'lightgbm>=4' shap[plots]==0.4": "xgboost lightgbm>=4 "
    "shap[plots]==0.4",
    "%pip install pandas>=2 -r requirements.txt  # new": "pandas>=2",
    "!{sys.executable} -m pip install catboost > /dev/null 2>&1": "catboost",
    "!conda install -y -c conda-forge pandas=2.1 numpy": "pandas==2.1 numpy",
    "!pip install a && pip install b; ls c": "a b",
    "!pip install --upgrade pip": "",
    "!pip install ./folder git+https://host/repo https://host/a.whl": "",
    "get_ipython().run_line_magic('pip', 'install xgboost')": "xgboost",
    "get_ipython().system('pip install xgboost')": "xgboost",
    "%%bash\ncd a\npip install b": "b",
    "x = 'pip install a'": "",
}


@pytest.mark.parametrize("source", INSTALLS)
def test_packages_are_found(source: str) -> None:
    assert list(plain_python(source).packages) == INSTALLS[source].split()


HEADINGS = {
    "## 3.1 Data **Cleaning**": "Data Cleaning",
    "# 🚀 2) Load `train_test_split`": "Load train_test_split",
    "#Title": "Title",
    "### [Split](#split) the *data* ###": "Split the data",
    "<h2 style='color:red'>IV. Fit &amp; score</h2>": "Fit & score",
    "Model\n=====": "Model",
    "# A\ntext\n## B": "B",
    "```\n# no heading\n```\ntext": "above",
    "## 10 fold cross-validation": "10 fold cross-validation",
    "# 2. ": "above",
    "text": "above",
}


@pytest.mark.parametrize("source", HEADINGS)
def test_headings_are_plain(source: str, tmp_path: Path) -> None:
    found = read(tmp_path, markdown("# above"), markdown(source), code("x"))
    assert found.cells[-1].heading == HEADINGS[source]


ORDERS: dict[str, tuple[list[tuple[str, int | None]], list[int]]] = {
    "as run, where names need it": ([("y = x", 2), ("x = 1", 1)], [1, 0]),
    "with what was never run behind its predecessor": (
        [("y = x", 2), ("z = y", None), ("x = 1", 1)],
        [2, 0, 1],
    ),
    "as it stands, where cells were run again": ([("x = 1", 9), ("y = x", 3)], [0, 1]),
    "as it stands, where both do": ([("x = 1", 2), ("y = 1", 1)], [0, 1]),
    "whatever functions need": ([("def f(): return x", 2), ("x = 1", 1)], [0, 1]),
    "whatever comprehensions bind": ([("[q for q in range(3)]", 2), ("q = 1", 1)], [0, 1]),
}


@pytest.mark.parametrize("name", ORDERS)
def test_order(name: str, tmp_path: Path) -> None:
    cells, expected = ORDERS[name]
    found = read(tmp_path, *(code(source, count) for source, count in cells))
    assert [cell.number for cell in found.in_order()] == expected


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"x = 1", "it is not JSON"),
        (b"<!DOCTYPE html>", "web page"),
        (b'{\n<<<<<<< HEAD\n"a": 1}', "merge conflict"),
        (b'{"cells": [{"cell_type": "co', "ends too early"),
        (b'{"cells": [', "ends too early"),
        (b'{"a": 1}', "has no cells"),
        (b"[1]", "has no cells"),
        (b'{"cells": []}', "no Python code"),
        (b'{"cells": [1, {"cell_type": "markdown", "source": "a"}]}', "no Python code"),
        (b'{"cells": [{"cell_type": "code", "source": "!ls"}]}', "no Python code"),
        (b'{"cells": [], "metadata": {"kernelspec": {"name": "ir"}}}', "written in R;"),
        (b'{"cells": [], "metadata": {"language_info": {"name": "julia"}}}', "written in Julia;"),
        (b'{"cells": [], "metadata": {"kernelspec": {"language": "C#"}}}', "written in c#;"),
        (b'{"a": "\xe9"}', "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_refusals(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "idea.ipynb"
    path.write_bytes(content)
    with pytest.raises(BadNotebook, match=says) as refusal:
        read_notebook(path)
    assert str(refusal.value).startswith("idea.ipynb ")
    assert "\n" not in str(refusal.value)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadNotebook, match="can't be read: no such file"):
        read_notebook(tmp_path / "none.ipynb")
    with pytest.raises(BadNotebook, match="can't be read"):
        read_notebook(tmp_path)


def test_odd_cells_are_no_obstacle(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"cell_type": "raw", "source": "# not a heading"},
        {"cell_type": "code"},
        code("x = '\ud83d'", count=None, outputs=[1, {"data": None}, {"output_type": "stream"}]),
        code("x = " + " + ".join("1" * 3000)),
        kernelspec=None,
    )
    assert [cell.kind for cell in found.cells] == ["raw", "code", "code", "code"]
    assert found.cells[2].code == "x = '?'"
    assert len(found.in_order()) == 3


def test_a_count_of_zero_is_none(tmp_path: Path) -> None:
    cells = [code("import pandas as pd", 3), code("df = pd.DataFrame()", 4), code("df.info()", 0)]
    found = read(tmp_path, *cells, code("x = df.size", 5), code("y = z", 6), code("z = x", 2))
    order = [cell.source for cell in found.in_order() if cell.source != "z = x"]
    assert order.index("df.info()") > order.index("df = pd.DataFrame()")


def test_more_code_than_anybody_writes_is_refused_at_once(tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text("# %%\nx = 1\n" * 25_000, encoding="utf-8")
    with pytest.raises(BadNotebook, match=r"long.py has 25000 lines of code, and at most 20000"):
        read_notebook(script)
