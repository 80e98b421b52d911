"""Bad answers: one line that says what, why and what to type; nothing is left on the disk."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cookiecutter.cli import main  # type: ignore[import-untyped]

from tests.conftest import WriteCsv
from tests.rendered import TEMPLATE, RenderedRepo, clean_environment

# question, answer, words of the message
REFUSED: list[tuple[str, str, list[str]]] = [
    ("project_name", "", ["it is empty"]),
    ("project_name", "two\nlines", ["can't be printed", "one line"]),
    ("description", "bell \x07", ["can't be printed"]),
    ("description", "right \u202e to left", ["RIGHT-TO-LEFT OVERRIDE"]),
    ("author_name", "tab\tbed", ["can't be printed"]),
    ("author_name", "", ["holds no letter"]),
    ("author_name", '"', ["holds no letter"]),
    ("project_slug", "Bad-Slug", ["lower-case", "type 'bad-slug'"]),
    ("project_slug", "a/b", ["type 'a-b'"]),
    ("project_slug", "../up", ["type 'up'"]),
    ("project_slug", "-x", ["type 'x'"]),
    ("project_slug", "x-", ["type 'x'"]),
    ("project_slug", "1x", ["type 'model-1x'"]),
    ("project_slug", "x" * 41, ["at most 40"]),
    ("project_slug", "{{ 7*7 }}", ["'{{ 7*7 }}'", "type 'model-7-7'"]),
    ("project_slug", "con", ["Windows", "type 'model-con'"]),
    ("package_name", "1bad-name", ["can't be imported", "type 'model_1bad_name'"]),
    ("package_name", "Bad", ["type 'bad'"]),
    ("package_name", "class", ["a word of the Python language", "type 'class_model'"]),
    ("package_name", "match", ["a word of the Python language"]),
    ("package_name", "random", ["standard library", "type 'random_model'"]),
    ("package_name", "sklearn", ["a package that the repo may import", "type 'sklearn_model'"]),
    ("package_name", "test", ["would hide"]),
    ("package_name", "tests", ["a folder of the repo"]),
    ("package_name", "aux", ["Windows"]),
    ("author_email", "nobody", ["no e-mail address"]),
    ("author_email", "a@b", ["no e-mail address"]),
    ("author_email", 'a"@b.org', ["no e-mail address"]),
    ("github_owner", "-x", ["GitHub"]),
    ("github_owner", "a--b", ["GitHub"]),
    ("github_owner", "two words", ["GitHub"]),
    ("__python_version", "3.10", ["3.11, ", "3.12", "3.13", "3.14"]),
    ("__python_version", "three", ["not supported"]),
    ("parts", "deplyo", ["'deplyo' is no part", "default, all, none", "deploy"]),
    ("parts", "-nothing", ["'nothing' is no part"]),
    ("parts", "deploy -deploy", ["'deploy' is asked for and left out"]),
    ("target", "speces", ["not a column", "one of: species, "]),
    ("dataset", "nowhere.csv", ["does not exist"]),
    ("dataset", "https://example.com/t.csv", ["URL", "download it"]),
    ("dataset", "a\0b.csv", ["can't be printed"]),
    ("dataset", "~nobody/t.csv", ["does not exist"]),
    ("notebook", "nowhere.ipynb", ["can't be read", "no such file"]),
    ("notebook", "idea.txt", ["no notebook"]),
    ("__task", "clustering", ["does not go with"]),
    ("__task", "regression", ["does not go with"]),
]


def refuse(folder: Path, **answers: str) -> Result:
    """Run cookiecutter as a command, in this process; nothing may be left in the folder."""
    given = [f"{question}={answer}" for question, answer in answers.items()]
    result = CliRunner().invoke(
        main,
        ["--no-input", "--default-config", "-o", str(folder), str(TEMPLATE), *given],
    )
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert not list(folder.iterdir())
    return result


@pytest.mark.parametrize(
    ("question", "answer", "told"), REFUSED, ids=[f"{q}={a[:20]!r}" for q, a, _ in REFUSED]
)
def test_refused(tmp_path: Path, question: str, answer: str, told: list[str]) -> None:
    line = one_line(refuse(tmp_path, **{question: answer}))
    assert line.startswith(f"{question}: ")
    assert "; " in line, "it must say what to type instead"
    for words in told:
        assert words in line


def one_line(result: Result) -> str:
    """Give the only line of an output."""
    lines: list[str] = result.output.splitlines()
    assert len(lines) == 1, result.output
    return lines[0]


def test_every_bad_answer_is_told_at_once(tmp_path: Path) -> None:
    output = refuse(tmp_path, project_slug="No", author_email="x", target="nothing").output
    questions = [line.split(":")[0] for line in output.splitlines()]
    assert questions == ["project_slug", "author_email", "target"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\n", "1 row can't be split"),
        (b"a,b\n" + b"1,x\n" * 12, "one value only"),
        (b"a,b\n" + b"1,\n" * 12, "is empty"),
        (b"a,a\n" + b"1,2\n" * 12, "more than once"),
        (b"a,b\n" + b'"[1, 2]",2\n' * 12, "lists"),
        (b"a,b\n" + b"\x00\x01,2\n" * 12, "no text"),
        (b"a:b\n" + b"1:2\n" * 12, "one column only"),
    ],
)
def test_bad_tables(tmp_path: Path, content: bytes, told: str) -> None:
    table = tmp_path / "in" / "t.csv"
    table.parent.mkdir()
    table.write_bytes(content)
    (tmp_path / "out").mkdir()
    assert told in one_line(refuse(tmp_path / "out", dataset=str(table)))


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert "is a folder" in one_line(refuse(tmp_path / "out", dataset=str(tmp_path)))


@pytest.mark.parametrize("content", ["", "[]", '{"worksheets": []}', "{"])
def test_bad_notebooks(tmp_path: Path, content: str) -> None:
    notebook = tmp_path / "idea.ipynb"
    notebook.write_text(content, encoding="utf-8")
    (tmp_path / "out").mkdir()
    line = one_line(refuse(tmp_path / "out", notebook=str(notebook)))
    assert "no notebook of version 4" in line


def test_the_hook_refuses_what_a_replay_brings(tmp_path: Path, starter: RenderedRepo) -> None:
    """A replay asks nothing and derives nothing: only the hook stands between it and the disk."""
    replays = starter.path.parent.parent / f"{starter.path.parent.name}-replay"
    context = json.loads(next(replays.glob("*.json")).read_text(encoding="utf-8"))
    context["cookiecutter"]["package_name"] = "sklearn"
    replay = tmp_path / "replay.json"
    replay.write_text(json.dumps(context), encoding="utf-8")
    repo = RenderedRepo(tmp_path)
    out = tmp_path / "out"
    done = repo.run(
        "cookiecutter", "--replay-file", str(replay), "-o", str(out), str(TEMPLATE), check=False
    )
    assert done.returncode == 1
    assert "package_name: 'sklearn' would hide a package" in done.stderr
    assert not list(out.iterdir())


def test_messages_survive_a_narrow_terminal_encoding(tmp_path: Path) -> None:
    done = RenderedRepo(tmp_path).run(
        "cookiecutter", "--no-input", str(TEMPLATE), "project_slug=数据", check=False,
        env=clean_environment(LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("project_slug: ")
    assert "Traceback" not in done.stderr


def test_existing_folder_is_not_touched(tmp_path: Path, csv_table: WriteCsv) -> None:
    mine = tmp_path / "out" / "my-model" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("keep me", encoding="utf-8")
    result = CliRunner().invoke(
        main, ["--no-input", "--default-config", "-o", str(tmp_path / "out"), str(TEMPLATE)]
    )
    assert result.exit_code == 1
    assert "already exists" in result.output
    assert [path.name for path in mine.parent.iterdir()] == ["mine.txt"]
    assert mine.read_text(encoding="utf-8") == "keep me"
