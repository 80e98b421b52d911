"""The runner of workflows itself, on small workflows: each rule of GitHub's that ours rely on.

GitHub is not here: parser and expressions are its own, what it does with them is tests/github's.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.github import jq
from tests.github.evaluator import shared
from tests.github.events import NotStarted
from tests.github.runner import Job, Run, Runner

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the runner runs steps in sh"),
    pytest.mark.skipif(not shutil.which("npm"), reason="GitHub's parser comes from npm"),
]

CHECKOUT = "actions/checkout@0000000000000000000000000000000000000000"
WRITES = {"contents": "write", "pull-requests": "write", "issues": "write"}
TOKEN = {"GH_TOKEN": "${{ github.token }}"}
BOT = dict.fromkeys(
    "GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL".split(), "bot"
)

# Two commits, the first with w.yml, the second with a tag.
HISTORY = """\
commit refs/heads/main
committer A <a@example.com> 0 +0000
data 4
One
M 100644 inline .github/workflows/w.yml
data {length}
{text}
commit refs/heads/main
committer A <a@example.com> 1 +0000
data 4
Two
tag v1
from refs/heads/main
tagger A <a@example.com> 1 +0000
data 4
One
"""

MakeRunner = Callable[..., Runner]


def git(folder: Path, *arguments: str) -> str:
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    command = ["git", "-C", str(folder), *author, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def make(tmp_path: Path) -> MakeRunner:
    """Give a function that makes a repository on "GitHub" with w.yml, and its runner."""

    def made(jobs: dict[str, Any], on: Any = "push", options: Any = None, **top: Any) -> Runner:
        bare = tmp_path / "bare.git"
        machine = {"runs-on": "ubuntu-24.04"}
        full = {job: about if "uses" in about else machine | about for job, about in jobs.items()}
        text = yaml.safe_dump({"on": on, **top, "jobs": full}, sort_keys=False, width=999)
        git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare.git")
        told = HISTORY.format(length=len(text.encode()), text=text)
        command = ["git", "-C", str(bare), "fast-import", "--quiet"]
        subprocess.run(command, input=told, text=True, check=True)
        return Runner(bare, folder=tmp_path / "runner", **(options or {}))

    return made


def steps(*told: str | dict[str, Any], **job: Any) -> dict[str, Any]:
    """Give a job of steps; text is what one runs."""
    return {**job, "steps": [{"run": one} if isinstance(one, str) else one for one in told]}


def results(run: Run) -> dict[str, str]:
    return {name: job.conclusion for name, job in run.jobs.items()}


def only(run: Run) -> Job:
    (job,) = run.jobs.values()
    return job


# --- jobs ---


def test_jobs_run_after_what_they_need(make: MakeRunner) -> None:
    run = make(
        {"last": steps("true", needs=["middle"]), "middle": steps("true", needs="first")}
        | {"first": steps("true")}
    ).run("w.yml")
    assert list(run.jobs) == ["first", "middle", "last"]
    assert run.conclusion == "success"


def test_a_failure_skips_the_whole_chain_after_it(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps("false"),
            "b": steps("true", needs="a", **{"if": "always()"}),
            "c": steps("true", needs="b"),
            "d": steps("true", needs="c", **{"if": "failure()"}),
            "e": steps("true", needs="c", **{"if": "needs.c.result == 'skipped'"}),
        }
    ).run("w.yml")
    assert results(run) == {
        "a": "failure",
        "b": "success",
        "c": "skipped",
        "d": "success",
        "e": "skipped",
    }
    assert run.conclusion == "failure"


def test_a_job_whose_condition_is_false_skips_what_needs_it(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps("true", **{"if": "github.ref == 'refs/heads/other'"}),
            "b": steps("true", needs="a"),
            "c": steps("true", needs="a", **{"if": "${{ !cancelled() }}"}),
        }
    ).run("w.yml")
    assert results(run) == {"a": "skipped", "b": "skipped", "c": "success"}
    assert run.conclusion == "success"


def test_one_job_tells_another_through_outputs(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                {"id": "say", "run": 'echo "word=yes" >> "$GITHUB_OUTPUT"'},
                outputs={"word": "${{ steps.say.outputs.word }}!"},
            ),
            "b": steps('test "$WORD" = "yes!"', needs="a")
            | {"env": {"WORD": "${{ needs.a.outputs.word }}"}},
        }
    ).run("w.yml")
    assert run.conclusion == "success", run.log
    assert run.jobs["a"].outputs == {"word": "yes!"}


def test_a_job_that_may_fail_does_not_fail_the_run(make: MakeRunner) -> None:
    run = make(
        {"a": steps("false", **{"continue-on-error": True}), "b": steps("true", needs="a")}
    ).run("w.yml")
    assert results(run) == {"a": "failure", "b": "success"}
    assert run.conclusion == "success"


def test_the_parts_of_a_matrix(make: MakeRunner) -> None:
    matrix = {
        "os": ["x", "y"],
        "python": [3.11, 3.12],
        "exclude": [{"os": "y", "python": 3.11}],
        "include": [{"os": "x", "extra": "yes"}, {"os": "z", "python": 3.14}],
    }
    runner = make({"a": steps("true", strategy={"matrix": matrix})})
    run = runner.run("w.yml")
    assert [leg.name for leg in run.legs] == [
        "a (x, 3.11, yes)",
        "a (x, 3.12, yes)",
        "a (y, 3.12)",
        "a (z, 3.14)",
    ]
    picked = runner.run("w.yml", matrix=lambda part: part["os"] == "y")
    assert [leg.matrix for leg in picked.legs] == [{"os": "y", "python": 3.12}]


@pytest.mark.parametrize(("fails_fast", "second"), [(True, "cancelled"), (False, "success")])
def test_a_part_that_fails_cancels_the_others(
    make: MakeRunner, fails_fast: bool, second: str
) -> None:
    strategy = {"fail-fast": fails_fast, "matrix": {"word": ["false", "true"]}}
    run = make({"a": steps("${{ matrix.word }}", strategy=strategy)}).run("w.yml")
    assert [leg.conclusion for leg in run.legs] == ["failure", second]
    assert results(run) == {"a": "failure"}


def test_jobs_may_be_left_out_with_what_they_would_have_said(make: MakeRunner) -> None:
    runner = make(
        {
            "a": steps("exit 9"),
            "b": steps("echo $WORD", needs="a", env={"WORD": "${{ needs.a.outputs.word }}"}),
        }
    )
    run = runner.run("w.yml", only=["b"], given={"a": {"word": "given"}})
    assert results(run) == {"a": "success", "b": "success"}
    assert "given" in run.jobs["b"].log


@pytest.mark.parametrize("what", ["container", "services", "uses"])
def test_what_cannot_run_here_says_so(make: MakeRunner, what: str) -> None:
    known: dict[str, dict[str, Any]] = {
        "container": {**steps("true"), "container": "debian"},
        "services": {**steps("true"), "services": {"db": {"image": "db"}}},
        "uses": {"uses": "./.github/workflows/other.yml"},
    }
    runner = make({"a": known[what]})
    with pytest.raises(NotImplementedError, match=what):
        runner.run("w.yml")


def test_another_system_has_to_be_left_out(make: MakeRunner) -> None:
    runner = make({"a": steps("true") | {"runs-on": "windows-2025"}})
    with pytest.raises(NotImplementedError, match="windows-2025"):
        runner.run("w.yml")


# --- steps ---


def test_environment_at_three_levels(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                {"run": 'echo "$A $B $C"', "env": {"C": "${{ env.B }}-step"}},
                'echo "$A $B $C."',
                env={"B": "job", "C": "job"},
            )
        },
        env={"A": "top", "B": "top", "C": "top"},
    ).run("w.yml")
    assert [step.log.strip() for step in only(run).steps] == ["top job job-step", "top job job."]


def test_a_step_that_fails_skips_those_after_it_but_not_all(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                {"id": "bad", "run": "exit 3"},
                "echo never",
                {"if": "failure() && steps.bad.outcome == 'failure'", "run": "echo mended"},
                {"if": "always()", "run": "echo ${{ job.status }}"},
                {"if": "steps.bad.outcome == 'failure'", "run": "echo never"},
            )
        }
    ).run("w.yml")
    assert [step.conclusion for step in only(run).steps] == [
        "failure",
        "skipped",
        "success",
        "success",
        "skipped",
    ]
    assert "exit code 3" in only(run).steps[0].log
    assert only(run).steps[3].log == "failure\n"


def test_a_step_that_may_fail(make: MakeRunner) -> None:
    run = make(
        {"a": steps({"id": "x", "run": "false", "continue-on-error": True}, "echo goes on")}
    ).run("w.yml")
    step = only(run).step("x")
    assert (step.outcome, step.conclusion, run.conclusion) == ("failure", "success", "success")


def test_the_shells_are_those_of_a_runner(make: MakeRunner) -> None:
    run = make(
        {
            "plain": steps("false | true"),
            "bash": steps({"shell": "bash", "run": "false | true"}),
            "defaults": steps("false | true", defaults={"run": {"shell": "bash"}}),
            "stops": steps("false\ntrue"),
            "python": steps({"shell": "python", "run": "print(1 + 1)"}),
        }
    ).run("w.yml")
    assert results(run) == {
        "plain": "success",
        "bash": "failure",
        "defaults": "failure",
        "stops": "failure",
        "python": "success",
    }


def test_working_directories(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                {"run": "mkdir -p in/side", "working-directory": "."},
                "basename $PWD",
                {"run": "basename $PWD", "working-directory": "in/side"},
                {"run": "true", "working-directory": "nowhere"},
                defaults={"run": {"working-directory": "in"}},
            )
        }
    ).run("w.yml")
    assert [step.log.strip() for step in only(run).steps[1:3]] == ["in", "side"]
    assert "no such working directory: nowhere" in only(run).steps[3].log


def test_time_is_over_for_a_step(make: MakeRunner) -> None:
    run = make({"a": steps({"run": "sleep 60 & sleep 60", "timeout-minutes": 0.01}, "true")}).run(
        "w.yml"
    )
    assert [step.conclusion for step in only(run).steps] == ["failure", "skipped"]
    assert "timed out" in run.log


def test_time_is_over_for_a_job(make: MakeRunner) -> None:
    job = steps("sleep 60", "echo never", {"if": "cancelled()", "run": "true"})
    run = make({"a": job | {"timeout-minutes": 0.01}}).run("w.yml")
    assert run.conclusion == "cancelled"
    assert [step.conclusion for step in only(run).steps[:2]] == ["cancelled", "skipped"]


def test_outputs_of_one_line_and_of_many(make: MakeRunner) -> None:
    lines = r'printf "a=1=2\nb<<END\nx = y\n\nz\nEND\n" >> "$GITHUB_OUTPUT"'
    run = make({"a": steps({"id": "x", "run": lines}, "echo '${{ steps.x.outputs.b }}'")}).run(
        "w.yml"
    )
    assert only(run).step("x").outputs == {"a": "1=2", "b": "x = y\n\nz"}
    assert only(run).steps[1].log == "x = y\n\nz\n"


@pytest.mark.parametrize("line", ["no equals sign", "a<<END"])
def test_a_bad_output_fails_its_step(make: MakeRunner, line: str) -> None:
    run = make({"a": steps(f"echo '{line}' >> $GITHUB_OUTPUT")}).run("w.yml")
    assert run.conclusion == "failure"


def test_variables_and_paths_for_the_steps_after(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                'mkdir tools && printf "#!/bin/sh\\necho hello from a tool" > tools/mine',
                'chmod +x tools/mine && echo "$PWD/tools" >> $GITHUB_PATH',
                'echo "WORD=later" >> $GITHUB_ENV; echo "now: $WORD"',
                'mine; echo "then: $WORD, ${{ env.WORD }}"',
            )
        }
    ).run("w.yml")
    assert only(run).steps[2].log == "now: \n"
    assert only(run).steps[3].log == "hello from a tool\nthen: later, later\n"


def test_a_step_may_not_change_what_the_runner_says(make: MakeRunner) -> None:
    run = make({"a": steps('echo "GITHUB_SHA=other" >> $GITHUB_ENV')}).run("w.yml")
    assert run.conclusion == "failure"


def test_the_summary_and_annotations(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                'echo "# One" >> $GITHUB_STEP_SUMMARY',
                'echo "Two" >> $GITHUB_STEP_SUMMARY; echo "::error file=a.py,line=1::No%0Agood"',
                'echo "::notice::Fine"; echo "::stop-commands::x"; echo "::warning::unseen"',
            )
        }
    ).run("w.yml")
    assert run.summary == "# One\nTwo\n"
    assert [(one.level, one.message) for one in run.annotations] == [
        ("error", "No\ngood"),
        ("notice", "Fine"),
    ]


def test_secrets_are_masked_and_leave_no_job(make: MakeRunner) -> None:
    job = steps(
        {"id": "x", "run": 'echo "it=$S" >> $GITHUB_OUTPUT; echo "is $S"'},
        'echo "::add-mask::other"; echo "an other"',
        env={"S": "${{ secrets.S }}"},
        outputs={"it": "${{ steps.x.outputs.it }}", "ok": "fine"},
    )
    run = make({"a": job}, options={"secrets": {"S": "hush-hush"}}).run("w.yml")
    assert "hush" not in run.log
    assert "is ***" in run.log
    assert "an ***" in run.log
    assert only(run).outputs == {"ok": "fine"}
    assert "Skip output 'it'" in run.log


def test_a_condition_needs_no_braces_and_stands_on_success(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                {"if": "vars.GO == 'yes'", "run": "true"},
                {"if": "${{ vars.GO == 'no' }}", "run": "true"},
                {"if": "vars.NOTHING", "run": "true"},
            )
        },
        options={"vars": {"GO": "yes"}},
    ).run("w.yml")
    found = [step.conclusion for step in only(run).steps]
    assert found == ["success", "skipped", "skipped"]


def test_hash_files_of_the_workspace(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                "mkdir sub && echo 1 > sub/a.lock",
                "echo '${{ hashFiles('**/*.lock') }}'",
                "echo 2 > sub/a.lock",
                "echo '${{ hashFiles('**/*.lock') }} ${{ hashFiles('*.none') }}.'",
            )
        }
    ).run("w.yml")
    first, second = only(run).steps[1].log.strip(), only(run).steps[3].log.strip()
    assert len(first) == 64
    assert second.endswith(" .")
    assert first not in second


# --- what a step is told ---


def test_what_a_runner_says_of_itself(make: MakeRunner) -> None:
    run = make({"a": steps("env", 'cat "$GITHUB_EVENT_PATH"')}).run("w.yml", payload={"x": "y"})
    told = dict(line.split("=", 1) for line in only(run).steps[0].log.splitlines() if "=" in line)
    expected = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_JOB": "a",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY": "someone/repo",
        "GITHUB_REPOSITORY_OWNER": "someone",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_WORKSPACE": str(run.legs[0].workspace),
        "RUNNER_OS": "Linux",
    }
    assert {key: told.get(key) for key in expected} == expected
    assert not {"GITHUB_TOKEN", "GH_TOKEN"} & set(told)
    assert '"x": "y"' in only(run).steps[1].log


def test_nothing_of_the_person_reaches_a_step(
    make: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "GITHUB_TOKEN", "PYTHONPATH", "WANDB_API_KEY", "GIT_AUTHOR_NAME"):
        monkeypatch.setenv(name, "mine")
    run = make({"a": steps("env", "git config --list --global")}).run("w.yml")
    assert "mine" not in run.log
    assert only(run).steps[1].log == "user.useconfigonly=true\n"


def test_a_commit_needs_a_name(make: MakeRunner) -> None:
    commit = {"run": "git commit --allow-empty -m Three"}
    run = make({"a": steps({"uses": CHECKOUT}, commit | {"env": BOT}, commit)}).run("w.yml")
    assert [step.conclusion for step in only(run).steps] == ["success", "success", "failure"]


def test_what_starts_a_workflow(make: MakeRunner) -> None:
    on = {
        "push": {"tags": ["rain#production#*"]},
        "release": {"types": ["published"]},
        "workflow_dispatch": None,
    }
    runner = make({"a": steps("true")}, on=on)
    for tag in ("rain#production#1", "rain#staging#1"):
        git(runner.repo, "tag", tag, "main")
    run = runner.run("w.yml", ref="refs/tags/rain#production#1")
    assert run.conclusion == "success"
    for event, ref, payload in [
        ("push", "refs/heads/main", {}),
        ("push", "refs/tags/rain#staging#1", {}),
        ("release", "refs/tags/v1", {"action": "created"}),
        ("schedule", "refs/heads/main", {}),
    ]:
        with pytest.raises(NotStarted):
            runner.run("w.yml", event, payload, ref)


def test_filters_of_branches(make: MakeRunner) -> None:
    on = {"push": {"branches": ["main", "release/**", "!release/old", "v[0-9]+"]}}
    runner = make({"a": steps("true")}, on=on)
    for name, starts in {
        "main": True,
        "release/1/x": True,
        "release/old": False,
        "v12": True,
        "vx": False,
        "mainly": False,
    }.items():
        git(runner.repo, "update-ref", f"refs/heads/{name}", "v1^{}")
        if starts:
            runner.run("w.yml", ref=f"refs/heads/{name}")
        else:
            with pytest.raises(NotStarted):
                runner.run("w.yml", ref=f"refs/heads/{name}")


def test_what_a_person_gives_by_hand(make: MakeRunner) -> None:
    inputs = {
        "version": {"type": "string"},
        "sure": {"type": "boolean"},
        "to": {"type": "choice", "options": ["staging", "production"], "default": "staging"},
    }
    runner = make(
        {"a": steps("echo ${{ inputs.version }}, ${{ inputs.to }}, ${{ !inputs.sure }}")},
        on={"workflow_dispatch": {"inputs": inputs}},
    )
    run = runner.run("w.yml", "workflow_dispatch", inputs={"version": "v2"})
    assert only(run).log.endswith("v2, staging, true\n")
    for bad in ({"to": "moon"}, {"unknown": "1"}, {"sure": "yes"}):
        with pytest.raises(ValueError, match=r"(?i)input"):
            runner.run("w.yml", "workflow_dispatch", inputs=bad)


def test_an_environment_brings_its_variables_and_secrets(make: MakeRunner) -> None:
    job = steps("echo ${{ vars.HOST }} ${{ secrets.KEY && 'key' }}")
    run = make(
        {"a": job, "b": job | {"environment": "staging"}},
        options={"environments": {"staging": ({"HOST": "there"}, {"KEY": "k1"})}},
    ).run("w.yml")
    assert [leg.steps[0].log for leg in run.legs] == ["\n", "there key\n"]


def test_a_fork_gets_no_secret_and_may_only_read(make: MakeRunner) -> None:
    runner = make(
        {"a": steps("echo ${{ secrets.KEY && 'key' }}.", permissions=WRITES)},
        on="pull_request",
        options={"secrets": {"KEY": "k1"}},
    )
    git(runner.repo, "branch", "topic", "v1^{}")
    ours = runner.run("w.yml", "pull_request", ref="refs/heads/topic")
    fork = {"pull_request": {"head": {"repo": {"full_name": "else/repo"}}}}
    theirs = runner.run("w.yml", "pull_request", fork, ref="refs/heads/topic")
    assert [run.legs[0].steps[0].log for run in (ours, theirs)] == ["key.\n", ".\n"]
    assert ours.legs[0].permissions == WRITES
    assert set(theirs.legs[0].permissions.values()) == {"read"}


def test_permissions_of_the_workflow_and_of_the_job(make: MakeRunner) -> None:
    jobs = {"a": steps("true"), "b": steps("true", permissions={"contents": "write"})}
    run = make(jobs, permissions={}).run("w.yml")
    assert [leg.permissions for leg in run.legs] == [{}, {"contents": "write"}]


def test_a_workflow_with_a_mistake_is_not_run(make: MakeRunner) -> None:
    runner = make({"a": steps("true", needs="b"), "c": steps({"if": "nothing.x", "run": "true"})})
    with pytest.raises(ValueError, match=r"w\.yml:11: .*'nothing'\nw\.yml:5: .*'b'"):
        runner.run("w.yml")


# --- actions ---


def test_an_action_or_an_input_without_stand_in_is_named(make: MakeRunner) -> None:
    with pytest.raises(NotImplementedError, match="someone/else"):
        make({"a": steps({"uses": "someone/else@v1"})}).run("w.yml")


def test_an_input_that_a_stand_in_does_not_know_is_named(make: MakeRunner) -> None:
    with pytest.raises(NotImplementedError, match="lfs"):
        make({"a": steps({"uses": CHECKOUT, "with": {"lfs": True}})}).run("w.yml")


def test_a_checkout_has_neither_history_nor_tags(make: MakeRunner) -> None:
    seen = "git rev-list --count HEAD; git tag; git branch --show-current; git branch -r"
    run = make(
        {
            "a": steps({"uses": CHECKOUT}, seen),
            "b": steps({"uses": CHECKOUT, "with": {"fetch-depth": 0}}, seen),
            "c": steps({"uses": CHECKOUT, "with": {"fetch-tags": True}}, "git tag"),
        }
    ).run("w.yml")
    assert run.jobs["a"].steps[1].log == "1\nmain\n  origin/main\n"
    assert run.jobs["b"].steps[1].log == "2\nv1\nmain\n  origin/main\n"
    assert run.jobs["c"].steps[1].log == "v1\n"


def test_a_tag_is_checked_out_as_it_is(make: MakeRunner) -> None:
    checks = ["git cat-file -t v1", "git describe", "git branch --show-current"]
    runner = make({"a": steps({"uses": CHECKOUT}, *checks)})
    run = runner.run("w.yml", ref="refs/tags/v1")
    assert [step.log for step in only(run).steps[1:]] == ["tag\n", "v1\n", ""]


def test_a_pull_request_is_checked_out_as_merged(make: MakeRunner, tmp_path: Path) -> None:
    told = "echo $GITHUB_REF $GITHUB_HEAD_REF $GITHUB_BASE_REF; cat mine theirs"
    jobs = {"a": steps({"uses": CHECKOUT}, told, "git log -1 --format=%s")}
    runner = make(jobs, on={"pull_request": {"branches": ["main"]}})
    work = tmp_path / "work"
    git(tmp_path, "clone", "-q", str(runner.repo), "work")
    for branch, name in (("topic", "mine"), ("main", "theirs")):
        git(work, "checkout", "-q", "-B", branch, branch if branch == "main" else "HEAD")
        (work / name).write_text(f"{name}\n")
        git(work, "add", name)
        git(work, "commit", "-qm", name)
        git(work, "push", "-q", str(runner.repo), branch)
    run = runner.run("w.yml", "pull_request", ref="refs/heads/topic")
    assert only(run).steps[1].log == "refs/pull/1/merge topic main\nmine\ntheirs\n"
    assert only(run).steps[2].log.startswith("Merge ")


LET = {"run": "gh auth setup-git", "env": TOKEN}


@pytest.mark.parametrize(
    ("told", "permissions", "lands"),
    [
        ([{"uses": CHECKOUT}, {"run": "git push -q origin HEAD:new"}], WRITES, True),
        ([{"uses": CHECKOUT}, {"run": "git push -q origin HEAD:new"}], {"contents": "read"}, False),
        ([{"uses": CHECKOUT, "with": {"persist-credentials": False}},
          {"run": "git push -q origin HEAD:new"}], WRITES, False),
        ([{"uses": CHECKOUT, "with": {"persist-credentials": False}}, LET,
          {"run": "git push -q origin HEAD:new"}], WRITES, False),
        ([{"uses": CHECKOUT, "with": {"persist-credentials": False}}, LET,
          {"run": "git push -q origin HEAD:new", "env": TOKEN}], WRITES, True),
    ],
    ids=["kept", "only-reads", "not-kept", "no-token-where-it-pushes", "gh-lets-git"],
)  # fmt: skip
def test_a_push_needs_credentials_that_may(
    make: MakeRunner, told: list[Any], permissions: dict[str, str], lands: bool
) -> None:
    runner = make({"a": steps(*told, permissions=permissions)})
    run = runner.run("w.yml")
    assert run.conclusion == ("success" if lands else "failure"), run.log
    assert ("new" in git(runner.repo, "branch")) == lands


@pytest.mark.parametrize("own", [True, False], ids=["a-persons-token", "the-jobs-token"])
def test_only_a_persons_token_may_change_workflows(make: MakeRunner, own: bool) -> None:
    edits: list[str | dict[str, Any]] = [
        "echo '# more' >> .github/workflows/w.yml",
        {"run": "git commit -qam More", "env": BOT},
        "git push origin HEAD:topic",
        "git push origin HEAD~:refs/heads/same",
    ]
    whose = {"token": "${{ secrets.OWN }}"} if own else {}
    clone = {"uses": CHECKOUT, "with": {"fetch-depth": 0, **whose}}
    job = steps(clone, *edits, permissions=WRITES)
    runner = make({"a": job}, options={"secrets": {"OWN": "github_pat_1"}})
    run = runner.run("w.yml")
    assert run.conclusion == ("success" if own else "failure"), run.log
    assert ("without `workflows` permission" in run.log) == (not own)


def test_nothing_is_checked_out_without_the_right_to_read(make: MakeRunner) -> None:
    run = make({"a": steps({"uses": CHECKOUT})}, permissions={}).run("w.yml")
    assert "contents: read" in run.log
    assert run.conclusion == "failure"


def test_uv_is_there_where_it_was_set_up(make: MakeRunner) -> None:
    run = make({"a": steps({"uses": "astral-sh/setup-uv@v1"}, "uv --version")}).run("w.yml")
    assert run.conclusion == "success", run.log


def test_the_cache_is_restored_by_key_or_by_its_beginning(make: MakeRunner) -> None:
    cached = {
        "id": "cache",
        "uses": "actions/cache@v1",
        "with": {
            "path": "../store",
            "key": "k-${{ github.run_id }}",
            "restore-keys": "other-\nk-",
        },
    }
    look = "ls ../store || true; mkdir -p ../store && touch ../store/$GITHUB_RUN_ID"
    runner = make({"a": steps(cached, look)})
    first, second, third = (runner.run("w.yml") for _ in range(3))
    assert "1001" not in only(first).steps[1].log
    assert only(second).steps[1].log == "1001\n"
    assert only(third).steps[1].log == "1001\n1002\n"
    assert only(third).step("cache").outputs == {"cache-hit": "false"}


def test_a_job_that_fails_keeps_no_cache(make: MakeRunner) -> None:
    cached = {"uses": "actions/cache@v1", "with": {"path": "kept", "key": "k"}}
    runner = make({"a": steps(cached, "test -d kept || { mkdir kept; exit 1; }")})
    assert [runner.run("w.yml").conclusion for _ in range(2)] == ["failure", "failure"]


def test_artifacts_go_from_job_to_job(make: MakeRunner) -> None:
    up, down = "actions/upload-artifact@v1", "actions/download-artifact@v1"
    run = make(
        {
            "a": steps(
                "mkdir -p out/deep && echo 1 > out/deep/x && echo 2 > out/.hidden && echo 3 > y",
                {"uses": up, "with": {"name": "one", "path": "out"}},
                {"uses": up, "with": {"name": "two", "path": "out/**/x\ny\n"}},
            ),
            "b": steps(
                {"uses": down, "with": {"name": "one", "path": "back"}},
                {"uses": down, "with": {"path": "all"}},
                "find back all -type f | sort",
                {"uses": down, "with": {"name": "three"}},
                needs="a",
            ),
        }
    ).run("w.yml")
    found = "all/one/deep/x\nall/two/out/deep/x\nall/two/y\nback/deep/x\n"
    assert run.jobs["b"].steps[2].log == found
    assert "not found for name: three" in run.jobs["b"].steps[3].log


def image(*, tags: str = "ghcr.io/someone/it:1", **inputs: Any) -> dict[str, Any]:
    told = {"context": ".", "push": True, "tags": tags, **inputs}
    return {"id": "build", "uses": "docker/build-push-action@v1", "with": told}


DOCKERFILE = "printf 'FROM a AS build\\nFROM b AS service\\n' > Dockerfile"
LOGIN = {
    "uses": "docker/login-action@v1",
    "with": {"registry": "ghcr.io", "username": "x", "password": "${{ github.token }}"},
}
PUSHES = {"packages": "write", "id-token": "write", "attestations": "write"}


def test_an_image_is_pushed_attested_and_found_again(make: MakeRunner) -> None:
    asked = "docker buildx imagetools inspect ghcr.io/someone/it:1"
    verified = "gh attestation verify oci://ghcr.io/someone/it:1 --repo someone/repo"
    about = {"subject-name": "ghcr.io/someone/it", "push-to-registry": True}
    about["subject-digest"] = "${{ steps.build.outputs.digest }}"
    runner = make(
        {
            "a": steps(
                DOCKERFILE,
                LOGIN,
                {"run": verified, "env": TOKEN, "continue-on-error": True},
                {"run": asked, "continue-on-error": True},
                image(target="service"),
                {"uses": "actions/attest@v1", "with": about},
                {"run": verified, "env": TOKEN},
                asked,
                permissions=PUSHES,
            )
        }
    )
    run = runner.run("w.yml")
    assert run.conclusion == "success", run.log
    assert [step.outcome for step in only(run).steps[2:4]] == ["failure", "failure"]
    (pushed,) = runner.hub.read()["images"]
    assert pushed["digest"] == only(run).step("build").outputs["digest"]
    assert pushed["digest"] in only(run).steps[-1].log


def test_a_private_repository_attests_nothing(make: MakeRunner) -> None:
    told = {"subject-name": "ghcr.io/someone/it", "subject-digest": f"sha256:{'0' * 64}"}
    job = steps({"uses": "actions/attest@v1", "with": told}, permissions=PUSHES)
    runner = make({"a": job})
    assert runner.run("w.yml").conclusion == "success"
    run = runner.run("w.yml", payload={"repository": {"private": True}})
    assert "not available for private repositories" in run.log


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([DOCKERFILE, image()], "nobody logged in"),
        ([DOCKERFILE, LOGIN, image(tags="ghcr.io/Someone/it:1")], "invalid reference format"),
        ([DOCKERFILE, LOGIN, image(tags="ghcr.io/else/it:1")], "the job's token is someone's"),
        ([DOCKERFILE, LOGIN, image(target="other")], "target stage other"),
        ([DOCKERFILE, LOGIN, image(sbom=True)], "setup-buildx-action comes first"),
        ([LOGIN, image()], "no Dockerfile in it"),
        ([DOCKERFILE, "echo 'COPY models /m' >> Dockerfile", LOGIN, image()], "models"),
        ([DOCKERFILE, LOGIN, image(context="")], "builds from Git"),
    ],
)
def test_where_a_build_would_stop(make: MakeRunner, told: list[Any], why: str) -> None:
    run = make({"a": steps(*told, permissions=PUSHES)}).run("w.yml")
    assert run.conclusion == "failure"
    assert why in run.log


def test_an_image_needs_the_right_to_write_packages(make: MakeRunner) -> None:
    job = steps(DOCKERFILE, LOGIN, image(), permissions={"packages": "read"})
    assert "packages: write" in make({"a": job}).run("w.yml").log


def test_jobs_may_share_what_takes_long_to_make(make: MakeRunner) -> None:
    job = steps({"uses": CHECKOUT}, "ls -A; mkdir -p .venv other")
    runner = make({"a": job, "b": job | {"needs": "a"}}, options={"reuse": [".venv"]})
    run = runner.run("w.yml")
    assert [leg.steps[1].log.split() for leg in run.legs] == [
        [".git", ".github"],
        [".git", ".github", ".venv"],
    ]


# --- gh ---


def test_gh_asks_for_a_token(make: MakeRunner) -> None:
    run = make({"a": steps("gh issue list", permissions=WRITES)}).run("w.yml")
    assert "set the GH_TOKEN environment variable" in run.log
    assert "exit code 4" in run.log


def test_gh_asks_for_the_right_permission(make: MakeRunner) -> None:
    run = make({"a": steps("gh issue list", env=TOKEN, permissions={"contents": "write"})}).run(
        "w.yml"
    )
    assert "issues: read" in run.log


def test_an_issue_is_found_again(make: MakeRunner) -> None:
    asked = """gh issue list --label x --state open --json number --jq '.[0].number // empty'"""
    runner = make(
        {
            "a": steps(
                f'echo "n=$({asked})"',
                {"run": "gh issue create --title T --body B --label x", "continue-on-error": True},
                "gh label create x",
                "echo body > body.md; gh issue create --title T --body-file body.md --label x",
                f'echo "n=$({asked})"',
                "gh issue comment 1 --body more; gh issue close 1",
                f'echo "n=$({asked})"',
                env=TOKEN,
                permissions=WRITES,
            )
        }
    )
    run = runner.run("w.yml")
    assert run.conclusion == "success", run.log
    found = [step.log for step in only(run).steps]
    assert [found[index] for index in (0, 4, 6)] == ["n=\n", "n=1\n", "n=\n"]
    assert "label: 'x' not found" in found[1]
    (issue,) = runner.hub.read()["issues"]
    assert (issue["body"], issue["comments"], issue["state"]) == ("body\n", ["more"], "CLOSED")
    assert [call["body"] for call in runner.calls("issue create")] == [None, "body\n"]


def test_a_pull_request_needs_a_branch_that_was_pushed(make: MakeRunner) -> None:
    create = "gh pr create --head new --base main --title T --body B"
    runner = make(
        {
            "a": steps(
                {"uses": CHECKOUT},
                f"! {create}",
                "git push -q origin HEAD:new",
                f"! {create}",
                "git commit -q --allow-empty -m Three && git push -q origin HEAD:new",
                create,
                f"! {create}",
                "gh pr list --head new --json number,title --jq '.[] .title' || true",
                'gh pr list --head new --json number --jq \'"number=\\(.[0].number // "")"\'',
                "gh pr comment new --body again --edit-last --create-if-none",
                "gh workflow run w.yml --ref new --field version=v1",
                "! gh workflow run none.yml --ref new",
                env=TOKEN | BOT,
                permissions=WRITES | {"actions": "write"},
            )
        }
    )
    run = runner.run("w.yml")
    assert run.conclusion == "success", run.log
    found = [step.log for step in only(run).steps]
    assert "never pushed" in found[1]
    assert "No commits between" in found[3]
    assert "already exists" in found[6]
    assert found[8] == "number=1\n"
    known = runner.hub.read()
    assert known["prs"][0]["comments"] == ["again"]
    assert known["dispatched"] == [{"workflow": "w.yml", "ref": "new", "inputs": {"version": "v1"}}]


def test_a_release_needs_its_tag(make: MakeRunner) -> None:
    run = make(
        {
            "a": steps(
                "! gh release view v1",
                "gh release create v1 --verify-tag --title One --notes Notes",
                "gh release view v1 --json tagName,body --jq .body",
                "! gh release create v2 --verify-tag --notes Notes",
                env=TOKEN,
                permissions=WRITES,
            )
        }
    ).run("w.yml")
    assert run.conclusion == "success", run.log
    assert only(run).steps[2].log == "Notes\n"


def test_what_the_stand_in_for_gh_does_not_know_fails(make: MakeRunner) -> None:
    unknown = ["gh repo view", "gh issue list --web", "gh api user"]
    job = steps(*(f"! {command}" for command in unknown), env=TOKEN)
    run = make({"a": job}).run("w.yml")
    assert run.conclusion == "success", run.log


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (".[0].number // empty", [3]),
        (".[].number", [3, 4]),
        (".[7].number // empty", []),
        ('.[7].number // "none"', ["none"]),
        ("length", [2]),
        (r'"n=\(.[1].number) \(.[9].number // "")."', ["n=4 ."]),
    ],
)
def test_as_much_of_jq_as_is_used(query: str, found: list[Any]) -> None:
    assert jq.results(query, [{"number": 3}, {"number": 4}]) == found


def test_more_of_jq_is_refused() -> None:
    with pytest.raises(ValueError, match="select"):
        jq.results(".[] | select(.x)", [])


# --- GitHub's own code ---


def test_expressions_are_githubs() -> None:
    def value(expression: str) -> Any:
        contexts = {"github": {"ref": "refs/heads/Main", "event": {"n": [1, {"a": None}]}}}
        return shared().resolve({"$": expression}, contexts, "value")

    assert value("startsWith(github.ref, 'refs/heads/main')") is True
    assert value("github.event.n[1].a == ''") is True
    assert value("contains(fromJSON('[\"a\", \"b\"]'), 'B')") is True
    assert value("format('{0}-{1}', github.event.n[0], github.nothing)") == "1-"
    assert value("'' || 'other'") == "other"
    with pytest.raises(ValueError, match="nothing"):
        value("nothing.at.all")
