"""Answers are data: they come out as they were typed, or are refused, and never run."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from cookiecutter.utils import create_env_with_context  # type: ignore[import-untyped]

from tests.rendered import TEMPLATE, RenderedRepo, clean_environment, render, typed

HOSTILE = {
    "arithmetic": "{{ 7*7 }}",
    "raw": "{% raw %} x {% endraw %}",
    "end of raw": "{% endraw %}{{ 7*7 }}{% raw %}",
    "comment": "a {# b #} c",
    "globals": "{{ cookiecutter.__init__.__globals__ }}",
    "half open": "{{ { {% {# }} %} #}",
    "shell": "$(touch pwned) `touch pwned` ; touch pwned",
    "single quotes": "it's ''' quoted",
    "double quotes": 'say "hi" """ there"',
    "backslashes": "C:\\new\\table \\u0041 \\",
    "unicode": "Žluťoučký 数据 🐧 👩‍🔬",
    "yaml": "- yes: [no, *x, &y] # not a comment",
    "html": "<script>alert(1)</script> & co",
}
# A name is more than punctuation, and Git strips what stands at its ends.
ALL = {name: f"A {text} Z" for name, text in HOSTILE.items()}


def assert_verbatim(repo: RenderedRepo, text: str) -> None:
    """Check every file that carries a free-text answer."""
    project = tomllib.loads(repo.read("pyproject.toml"))["project"]
    assert project["description"] == text
    assert project["authors"][0]["name"] == text
    assert text in repo.read("LICENSE")
    readme = repo.read("README.md")
    assert readme.startswith(f"# {text}\n")
    assert readme.count(text) >= 2
    for module in repo.path.glob("src/**/*.py"):
        compile(module.read_text(encoding="utf-8"), module.name, "exec")
    assert not list(repo.path.parent.rglob("pwned"))


def answers(text: str) -> dict[str, str]:
    """Give the same text to every question that takes any."""
    names = {"project_slug": "hostile", "package_name": "hostile"}
    return {"project_name": text, "description": text, "author_name": text, **names}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_answer_is_evaluated(text: str) -> None:
    """Render an answer as cookiecutter does with every one that no prompt gave."""
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    environment = create_env_with_context({"cookiecutter": questions})
    assert environment.from_string(text).render(cookiecutter=questions) == text


@pytest.mark.parametrize("text", [" ".join(ALL.values()), ALL["end of raw"]])
def test_api(tmp_path: Path, text: str) -> None:
    assert_verbatim(render(tmp_path, **answers(text)), text)


def test_command_line_and_replay(tmp_path: Path) -> None:
    text = " ".join(ALL.values())
    given = [f"{name}={value}" for name, value in answers(text).items()]
    first = command(tmp_path / "a", "--no-input", str(TEMPLATE), *given)
    assert_verbatim(first, text)
    (tmp_path / "b").mkdir()
    home = clean_environment(HOME=str(tmp_path / "a"))
    again = typed(tmp_path / "b", "--replay", str(TEMPLATE), env=home)
    assert again.returncode == 0, again.stdout
    assert_verbatim(RenderedRepo(tmp_path / "b" / "hostile"), text)


@pytest.mark.parametrize("text", ["A {{ 7*7 }} {% raw %} Z", "A ''' \" \\ 数据 Z"])
def test_prompts(tmp_path: Path, text: str) -> None:
    lines = [text, "hostile", "hostile", text, text, "", "", "2", "", "island", "", "none"]
    home = clean_environment(HOME=str(tmp_path))
    made = typed(tmp_path, str(TEMPLATE), env=home, keys="\n".join(lines) + "\n")
    assert made.returncode == 0, made.stdout
    repo = RenderedRepo(tmp_path / "hostile")
    assert_verbatim(repo, text)
    assert "Apache License" in repo.read("LICENSE")


def command(folder: Path, *arguments: str) -> RenderedRepo:
    """Run cookiecutter as a command, in a process of its own, in a folder that is also its home."""
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["cookiecutter", *arguments],
        cwd=folder,
        env=clean_environment(HOME=str(folder)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return RenderedRepo(folder / "hostile")


def test_a_column_may_be_called_anything(tmp_path: Path) -> None:
    column = '{{ 7*7 }} "it\'s" {% x %} 数据: #1'
    table = tmp_path / "t.csv"
    cell = column.replace('"', '""')
    table.write_text(f'x,"{cell}"\n' + "1,a\n2,b\n" * 10, encoding="utf-8")
    repo = render(tmp_path / "out", dataset=str(table), target=column)
    assert json.dumps(column, ensure_ascii=False) in repo.read("conf/data/t.yaml")


def test_settings_of_cookiecutter_are_data_too(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text('default_context:\n  author_name: "A {{ 7*7 }} Z"\n', encoding="utf-8")
    arguments = ["--no-input", "--config-file", str(settings), str(TEMPLATE)]
    typed(tmp_path, *arguments, "project_slug=hostile", "package_name=hostile")
    assert "A {{ 7*7 }} Z" in RenderedRepo(tmp_path / "hostile").read("LICENSE")
