"""Asking Git, and a hook that looks."""


def asked(part, words):
    """Make a repository with a commit; give what each command of Git's says, or that it failed."""
    import subprocess

    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "init"], check=True, capture_output=True)
    commit = ["git", *identity, "commit", "--allow-empty", "--message", "A first commit"]
    subprocess.run(commit, check=True, capture_output=True)
    found = []
    for arguments in words:
        try:
            found.append(part("tools.git").git(*arguments))
        except part("tools.errors").Refusal:
            found.append(None)
    return found


def hooked(part, text, arguments):
    """Let conf/ compose `seed: 7`, and params.yaml hold a text; give exit code and text after."""
    from pathlib import Path

    from omegaconf import OmegaConf

    module = part("tools.config")
    module.composed = lambda *_: OmegaConf.create({"seed": 7})
    Path("params.yaml").write_text(text, encoding="utf-8")
    code = module.compose_params(arguments)
    return [code, Path("params.yaml").read_text(encoding="utf-8")]


def test_git_answers(team):
    """What Git prints comes back without the last line end; what fails is refused."""
    found = team.ask(asked, [["log", "--format=%s"], ["show", "no-such-branch"]])
    assert found == ["A first commit", None], f"expected the commit and a refusal, found {found}"


def test_a_hook_looks(team):
    """Where params.yaml is another one, `--check` gives 1 and leaves it; without, it is made."""
    found = team.ask(hooked, "seed: 1\n", ["--check"])
    assert found == [1, "seed: 1\n"], f"expected code 1 and seed 1 still, found {found}"
    found = team.ask(hooked, "seed: 1\n", [])
    assert found == [0, "seed: 7\n"], f"expected code 0 and seed 7, found {found}"
