"""An organisation's policy at rendering: which questions it answers, and what it refuses.

The private answer `__policy` names it: a path, or an address, which `make policy-update` fetches in
the repository. Rendering itself asks no network.
"""

import json
import re
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from cookiecutter import prompt  # type: ignore[import-untyped]

from idea.names import listed
from idea.project.cruft_record import RECORD, recorded
from ml_repo_review.policy import BadPolicy, Policy, parse, read
from ml_repo_review.policy.reader import copy_of

COPY = ".policy.yaml"
TEMPLATE = Path(__file__).resolve().parents[2]
QUESTIONS = ("author_name", "author_email", "github_owner", "license", "project_slug")
ADDRESS = re.compile(r"[a-z][a-z0-9+]+://")
OLDEST = "3.11"
NOTHING = "version: 1\n"  # a policy that asks for nothing

# What the policy answers, while cookiecutter asks in this process.
_fixed: dict[str, str] = {}


def policy_of(answers: Mapping[str, str]) -> Policy | None:
    """Give the policy that the answers name; None without one.

    Raises:
        BadPolicy: it can't be read, or does not keep to the schema.
    """
    if "__policy_text" in answers:
        text = answers["__policy_text"]
        return _parsed(text) if text else None
    named = answers.get("__policy", "")
    if not named:
        return None
    return Policy(source=named) if ADDRESS.match(named) else read(_path(answers))


@cache
def _parsed(text: str) -> Policy:
    try:
        return parse(text, COPY)
    except BadPolicy:  # edited in the repository, whose rules say so
        return Policy()


def _path(answers: Mapping[str, str]) -> Path:
    return Path(answers.get("__cwd") or Path.cwd(), Path(answers["__policy"]).expanduser())


def text_of(answers: Mapping[str, str]) -> str:
    """Give the copy that a repository keeps; empty without a policy.

    An update goes by the copy in the repository, which may be newer than the repository itself.
    """
    if recorded(answers):
        return Path(COPY).read_text(encoding="utf-8") if Path(COPY).is_file() else ""
    named = answers.get("__policy", "")
    if not named:
        return ""
    if ADDRESS.match(named):
        return copy_of(NOTHING, named)
    return copy_of(_path(answers).read_text(encoding="utf-8"), str(_path(answers)))


def no_policy() -> str:
    """Give the copy of a repository that has the part, and no policy yet."""
    return copy_of(NOTHING, "this repository")


def begin(answers: Mapping[str, str]) -> str:
    """Read the policy before the first question, and have what it answers asked of nobody.

    Raises:
        BadPolicy: it can't be used.
    """
    _fixed.clear()
    if Path(RECORD).is_file():  # of a repository that is being updated, which has its own copy
        return ""
    policy = policy_of(answers)
    if policy is None:
        return ""
    _fixed.update(_answers_of(policy))
    _skip_in(prompt)
    return policy.digest or "not fetched"


def complete(answers: MutableMapping[str, str]) -> str:
    """Put the policy's answers in the place of the template's own defaults.

    Without questions, cookiecutter takes those; an answer that was given is another one, and
    stays to be judged.
    """
    policy = policy_of(answers)
    if policy is None or recorded(answers):
        return ""
    defaults = _defaults()
    for question, answer in _answers_of(policy).items():
        if answers[question] == defaults.get(question):
            answers[question] = answer
    for question in QUESTIONS:
        choices = policy.get(f"answers.{question}.one_of")
        if choices and answers[question] == defaults.get(question):
            answers[question] = choices[0]
    answers["parts"] = _with_parts(policy, answers["parts"])
    return "yes"


def _with_parts(policy: Policy, answer: str) -> str:
    """Add what the policy requires to an answer, and take away what it forbids."""
    named, refused = _named(answer), _left_out(answer)
    minus = {word for word in named if word.startswith(("-", "no-"))}
    required = ["policy", *required_parts(policy)]
    words = [answer] if named - minus else ["default", answer]
    words += [name for name in required if name not in named | refused]
    words += [f"-{name}" for name in forbidden_parts(policy) if name not in named | refused]
    return ", ".join(word for word in words if word)


def refused(answers: Mapping[str, str]) -> Iterator[str]:
    """Find each answer that the policy forbids: one line, with its key and reason."""
    policy = policy_of(answers)
    if policy is None or recorded(answers):
        return
    for question in QUESTIONS:
        rule = policy.get(f"answers.{question}", {})
        yield from _against(policy, question, answers[question], rule)
    yield from _python(policy, answers["__python_version"])
    for name in sorted(_named(answers["parts"]) & set(forbidden_parts(policy))):
        reason = policy.because("answers.parts.forbidden")
        yield f"parts: {name!r} is forbidden ({reason}); leave it out"
    for name in sorted(_left_out(answers["parts"]) & set(required_parts(policy))):
        reason = policy.because(required_parts(policy)[name])
        yield f"parts: {name!r} is required ({reason}); don't leave it out"


def required_parts(policy: Policy) -> dict[str, str]:
    """Give the parts that a policy asks for, each with the key that does."""
    found = dict.fromkeys(policy.get("answers.parts.required", ()), "answers.parts.required")
    for key in ("answers.tracker", "answers.registry"):
        if policy.get(key) in ("wandb", "mlflow"):
            found.setdefault(policy.get(key), key)
    if policy.get("reviews"):
        found.setdefault("github", "reviews")
    return found


def forbidden_parts(policy: Policy) -> tuple[str, ...]:
    """Give the parts that a policy forbids."""
    return tuple(policy.get("answers.parts.forbidden", ()))


def oldest_python(answers: Mapping[str, str]) -> str:
    """Give the oldest Python that a repository runs on where nobody says otherwise."""
    policy = policy_of(answers)
    least = policy.get("answers.python.at_least") if policy else None
    return max(least or OLDEST, OLDEST, key=_version)


def base_image(policy: Policy | None, python: str) -> str:
    """Name the image that a service is built on."""
    pattern = policy.get("images.base") if policy else None
    if not pattern:
        return f"python:{python}-slim"
    return str(pattern).replace("*", f"{python}-slim", 1).replace("*", "")


def _answers_of(policy: Policy) -> dict[str, str]:
    """Give the answers that a policy leaves no choice for."""
    found = {}
    for question in QUESTIONS:
        rule = policy.get(f"answers.{question}", {})
        if "is" in rule:
            found[question] = str(rule["is"])
        elif len(rule.get("one_of", ())) == 1:
            found[question] = str(rule["one_of"][0])
    return found


def _skip_in(asking: Any) -> None:
    """Have cookiecutter's prompts answer what is fixed, once for each process."""
    for name in ("read_user_variable", "read_user_choice"):
        original = getattr(asking, name)
        if not hasattr(original, "asks"):
            setattr(asking, name, _skipping(original))


def _skipping(original: Any) -> Any:
    def ask(question: str, *arguments: Any, **options: Any) -> Any:
        return _fixed.get(question) or original(question, *arguments, **options)

    ask.asks = original  # type: ignore[attr-defined]
    return ask


def _defaults() -> dict[str, str]:
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in questions.items()
        if name in QUESTIONS
    }


def _against(policy: Policy, question: str, answer: str, rule: Mapping[str, Any]) -> Iterator[str]:
    key = f"answers.{question}"
    if "is" in rule and answer != rule["is"]:
        reason = policy.because(f"{key}.is")
        yield f"{question}: {answer!r} is forbidden ({reason}); type {rule['is']!r}"
    if "one_of" in rule and answer not in rule["one_of"]:
        reason, known = policy.because(f"{key}.one_of"), listed(rule["one_of"])
        yield f"{question}: {answer!r} is forbidden ({reason}); type one of: {known}"
    if "matches" in rule and not re.fullmatch(rule["matches"], answer):
        reason = policy.because(f"{key}.matches")
        yield f"{question}: {answer!r} is forbidden ({reason}); it has to match {rule['matches']}"


def _python(policy: Policy, version: str) -> Iterator[str]:
    if not re.fullmatch(r"3\.\d+", version):
        return  # refused for itself
    least, most = (policy.get(f"answers.python.{name}") for name in ("at_least", "at_most"))
    if least and _version(version) < _version(least):
        reason = policy.because("answers.python.at_least")
        yield f"__python_version: {version!r} is forbidden ({reason}); type {least!r} or newer"
    if most and _version(version) > _version(most):
        reason = policy.because("answers.python.at_most")
        yield f"__python_version: {version!r} is forbidden ({reason}); type {most!r} or older"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _named(answer: str) -> set[str]:
    return {word for word in re.split(r"[,\s]+", answer.casefold()) if word}


def _left_out(answer: str) -> set[str]:
    minus = {word for word in _named(answer) if word.startswith(("-", "no-"))}
    return {word.removeprefix("no").removeprefix("-") for word in minus}


def add_header(repo: Path, header: str) -> None:
    """Put the policy's line above each Python file of the repository's own.

    Raises:
        OSError: a file can't be written.
    """
    line = f"# {header.removeprefix('# ')}\n"
    for folder in ("src", "tests"):
        for path in sorted((repo / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if not text.startswith(line):
                path.write_text(line + text, encoding="utf-8", newline="\n")
