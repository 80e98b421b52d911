"""Every rule: broken, kept, and where it does not apply. A row for each."""

from typing import Any

import pytest

from ml_repo_review.policy import SCHEMA
from ml_repo_review.policy.reader import copy_of
from ml_repo_review.policy.schema import known_keys
from ml_repo_review.rule import FAMILIES
from ml_repo_review.rules import RULES
from tests.ml_repo_review.trees import Files, found

FIT = "from sklearn.svm import SVC\nSVC(C=1).fit(X, y)\n"
SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"
DIGEST = "@sha256:" + "0" * 64


def workflow(**job: Any) -> dict[str, Any]:
    """Give a workflow of one job."""
    return {"on": ["pull_request"], "jobs": {"test": job}}


def dossier(**answers: str) -> dict[str, Any]:
    """Give a dossier, in which what is no answer is Ada's to answer."""
    return {name: {"owner": "ada", "answer": answer} for name, answer in answers.items()}


def record(**answers: str) -> dict[str, Any]:
    """Give a template's record."""
    return {"commit": "b" * 40, "context": {"cookiecutter": answers}}


SCHEMA_FILE = {"columns": [{"name": "email"}, {"name": "age"}, {"name": "sex"}]}
LOG = "conf/monitoring/default.yaml"
OUTPUTS = {"cells": [{"cell_type": "code", "source": "1", "outputs": [{"text": "1"}]}]}
SLICES = {"slices": {"sex": {"f": {"r2": 0.9}, "m": {"r2": 0.6}}}}
EDITED = copy_of("version: 1\n", "x").replace("version: 1", "version: 2")

# Rule, policy, what breaks it, a part of what is said, what keeps to it.
ROWS: list[tuple[str, str, Files, str, Files]] = [
    ("ML101", "", {}, "there is no LICENSE", {"LICENCE.md": "x"}),
    (
        "ML102",
        "answers: {license: {one_of: [proprietary]}}",
        {"LICENSE": "Apache License\nVersion 2.0"},
        "the licence is Apache-2.0, and should be one of proprietary",
        {"pyproject.toml": '[project]\nlicense = "LicenseRef-Proprietary"'},
    ),
    (
        "ML103",
        "answers: {github_owner: {is: acme}}",
        {"pyproject.toml": '[project.urls]\nhome = "https://github.com/bob/x"'},
        "the owner is bob, and should be acme",
        {".cruft.json": record(github_owner="acme")},
    ),
    (
        "ML104",
        "licences: {header: 'SPDX: MIT'}",
        {"src/a.py": "x = 1"},
        "src/a.py:1: it lacks the line 'SPDX: MIT'",
        {"src/a.py": "# SPDX: MIT\nx = 1", "src/empty.py": "", "other.py": "x"},
    ),
    (
        "ML105",
        "answers: {python: {at_least: '3.12'}}",
        {"pyproject.toml": '[project]\nrequires-python = ">=3.11"'},
        "it runs on 3.11, older than 3.12 (policy: answers.python.at_least)",
        {"pyproject.toml": '[project]\nrequires-python = ">=3.12"'},
    ),
    (
        "ML105",
        "answers: {python: {at_most: '3.12'}}",
        {"pyproject.toml": '[project]\nrequires-python = ">=3.13"'},
        "it asks for 3.13, newer than 3.12 (policy: answers.python.at_most)",
        {"environment.yml": "dependencies: [python=3.12]"},
    ),
    (
        "ML106",
        "answers: {parts: {required: [signing], forbidden: [wandb]}}",
        {".cruft.json": record(__parts="wandb")},
        "the part signing is required; .cruft.json:1: the part wandb is forbidden",
        {".cruft.json": record(__parts="signing")},
    ),
    (
        "ML107",
        "answers: {tracker: mlflow}",
        {"conf/config.yaml": {"defaults": [{"tracking": "wandb"}]}},
        "tracking is wandb, and should be mlflow",
        {"conf/config.yaml": {"defaults": ["_self_", {"tracking": "mlflow"}]}},
    ),
    (
        "ML108",
        "answers: {registry: git}",
        {"conf/config.yaml": {"defaults": [{"registry": "wandb"}]}},
        "registry is wandb, and should be git",
        {"conf/config.yaml": {"defaults": [{"registry": "git"}]}},
    ),
    (
        "ML109",
        "answers: {author_email: {matches: '.*@a.com'}, author_name: {is: A}, "
        "project_slug: {matches: 'ml-.*'}}",
        {"pyproject.toml": '[project]\nname="x"\nauthors=[{name="B", email="b@b.com"}]'},
        "author_name is B, and should be A",
        {"pyproject.toml": '[project]\nname="ml-x"\nauthors=[{name="A", email="b@a.com"}]'},
    ),
    ("ML201", "", {"requirements.txt": "pandas"}, "there is no lock file", {"uv.lock": "x"}),
    ("ML201", "", {}, "there is no lock file", {"requirements.txt": "pandas==2.0 # x"}),
    (
        "ML202",
        "index: {lock_hosts: [packages.acme.com]}",
        {"uv.lock": 'url = "https://packages.acme.com/a"\nurl = "https://u:p@evil.com/b"'},
        "uv.lock:2: it names the host evil.com",
        {"uv.lock": 'url = "https://packages.acme.com/a"'},
    ),
    (
        "ML203",
        "",
        {"requirements.txt": "--extra-index-url https://x\npandas"},
        "requirements.txt:1: it adds a second index",
        {"requirements.txt": "# extra-index-url is bad"},
    ),
    (
        "ML203",
        "index: {url: 'https://a.com'}",
        {"pyproject.toml": '[[tool.uv.index]]\nurl = "https://b.com"\ndefault = true'},
        "the default index should be https://a.com (policy: index.url)",
        {"pyproject.toml": '[[tool.uv.index]]\nurl = "https://a.com"\ndefault = true'},
    ),
    (
        "ML204",
        "images: {base: 'r.acme.com/python:*'}",
        {"Dockerfile": "ARG B=python:3.12\nFROM ${B} AS one\nFROM one\nFROM scratch"},
        "Dockerfile:2: it is built on python:3.12",
        {"Dockerfile": f"ARG B=r.acme.com/python:3.12{DIGEST}\nFROM $B"},
    ),
    (
        "ML205",
        "images: {digest: true}",
        {"Dockerfile": "FROM --platform=linux/amd64 python:3.12"},
        "python:3.12 has no digest",
        {"Dockerfile": f"FROM python:3.12{DIGEST}"},
    ),
    (
        "ML206",
        "",
        {".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4"},
        ".github/workflows/ci.yml:4: actions/checkout@v4 is not pinned by its commit",
        {".github/workflows/ci.yml": f"jobs:\n  a:\n    steps:\n      - uses: a/b@{SHA} # v4"},
    ),
    (
        "ML207",
        "",
        {".github/workflows/ci.yml": workflow()},
        "it states no permissions",
        {".github/workflows/ci.yml": workflow(permissions={})},
    ),
    (
        "ML207",
        "",
        {".github/workflows/ci.yml": {**workflow(), "permissions": "write-all"}},
        "it takes every permission",
        {".github/workflows/ci.yml": {**workflow(), "permissions": {}}},
    ),
    (
        "ML208",
        "licences: {dependencies: [MIT]}",
        {
            "sbom.json": {
                "components": [{"name": "x", "licenses": [{"license": {"id": "GPL-3.0"}}]}]
            }
        },
        "sbom.json:1: x is under GPL-3.0",
        {
            "sbom.json": {
                "components": [{"name": "x", "licenses": [{"expression": "MIT OR GPL-3.0"}]}]
            }
        },
    ),
    (
        "ML209",
        "images: {registry: r.acme.com/ml}",
        {"Makefile": "IMAGE ?= ghcr.io/me/x"},
        "the image is ghcr.io/me/x, not in r.acme.com/ml",
        {"deploy/kustomization.yaml": "    newName: r.acme.com/ml/x"},
    ),
    ("ML301", "", {"m/model.pkl": "x" * 300}, "m/model.pkl:1: it is a pickle", {"m.skops": "x"}),
    (
        "ML301",
        "",
        {"model.PT": "x"},
        "it is a pickle",
        {"model.pt": "version https://git-lfs.github.com/spec/v1"},
    ),
    (
        "ML302",
        "",
        {
            "a.ipynb": {
                "cells": [
                    {
                        "cell_type": "code",
                        "source": ["%time\n", "import joblib\n", "joblib.load(f)"],
                    }
                ]
            }
        },
        "a.ipynb:3: joblib.load opens a joblib",
        {"a.py": "import torch\ntorch.load(f, weights_only=True)"},
    ),
    (
        "ML302",
        "",
        {"a.py": "import numpy as np\nnp.load(f, allow_pickle=True)"},
        "a.py:2: numpy.load opens a pickle",
        {"a.py": "import numpy as np\nnp.load(f)"},
    ),
    (
        "ML303",
        "models: {forbidden: ['sklearn.svm.*']}",
        {"a.py": FIT},
        "a.py:2: sklearn.svm.SVC (policy: models.forbidden)",
        {"a.py": FIT.replace("svm", "tree")},
    ),
    (
        "ML303",
        "models: {allowed: ['sklearn.linear_model.*']}",
        {"params.yaml": {"model": {"estimator": {"_target_": "xgboost.XGBClassifier"}}}},
        "params.yaml:1: xgboost.XGBClassifier (policy: models.allowed)",
        {"params.yaml": {"model": {"estimator": {"_target_": "sklearn.linear_model.Ridge"}}}},
    ),
    ("ML304", "", {"a.py": FIT}, "no seed is set", {"a.py": FIT.replace("C=1", "random_state=1")}),
    (
        "ML305",
        "models: {explained: [high]}",
        {"docs/dossier.yaml": dossier(risk_class="high")},
        "its risk class is high, and nothing explains its answers",
        {
            "docs/dossier.yaml": dossier(risk_class="high"),
            "reports/evaluation.json": {"importance": "permutation"},
        },
    ),
    (
        "ML306",
        "gate: {minimum: {r2: 0.7}}",
        {"conf/gate/default.yaml": {"minimum": {"r2": 0.5}}},
        "conf/gate/default.yaml:1: r2 may be 0.5, below 0.7",
        {"conf/gate/default.yaml": {"minimum": {"r2": 0.8}}},
    ),
    (
        "ML306",
        "gate: {minimum: {r2: 0.7}}",
        {"params.yaml": {"data": {"task": "regression"}}},
        "no gate asks for r2 of at least 0.7",
        {"params.yaml": {"data": {"task": "classification"}}},
    ),
    (
        "ML307",
        "gate: {slices: [sex, island]}",
        {"data/schema.yaml": SCHEMA_FILE, "conf/config.yaml": {"evaluate": {"slices": []}}},
        "no scores by sex",
        {"data/schema.yaml": SCHEMA_FILE, "conf/config.yaml": {"evaluate": {"slices": ["sex"]}}},
    ),
    (
        "ML308",
        "gate: {minimum: {r2: 0.7}}",
        {"reports/metrics.json": {"r2": 0.6}},
        "r2 is 0.6000, below 0.7",
        {"reports/metrics.json": {"r2": 0.7}},
    ),
    (
        "ML309",
        "gate: {slice_gap: 0.2}",
        {"reports/evaluation.json": SLICES, "params.yaml": {"evaluate": {"metric": "r2"}}},
        "r2 differs by 0.3000 between values of sex",
        {"reports/evaluation.json": SLICES, "params.yaml": {"evaluate": {"metric": "accuracy"}}},
    ),
    (
        "ML401",
        "data: {samples: false}",
        {"tests/sample.csv": "a,b\n1,2"},
        "7 bytes of data lie in Git (policy: data.samples)",
        {"data.csv": "version https://git-lfs.github.com/spec/v1"},
    ),
    ("ML401", "", {"big.csv": "x" * 1_000_001}, "1,000,001 bytes", {"small.csv": "x"}),
    (
        "ML402",
        "data: {personal: {names: [mail]}}",
        {"data/schema.yaml": SCHEMA_FILE},
        "the column 'email' hints at persons",
        {"data/schema.yaml": SCHEMA_FILE, LOG: {"log": {"hash": ["email"]}}},
    ),
    (
        "ML403",
        "data: {personal: {values: ['[a-z]+@[a-z]+']}}",
        {"x.csv": "a\nada@acme"},
        "x.csv:2: a value looks like a person's",
        {"x.csv": "a\nada", "README.md": "ada@acme"},
    ),
    ("ML404", "", {"a.py": FIT}, "no data has a version", {"a.py": FIT, "dvc.yaml": "stages: {}"}),
    (
        "ML405",
        "data: {log_days: 30}",
        {LOG: {"log": {"folder": "logs", "keep_days": None}}},
        "predictions are kept for ever, at most 30 are allowed",
        {LOG: {"log": {"folder": "logs", "keep_days": 30}}},
    ),
    (
        "ML406",
        "data: {hash: [email], drop: [sex]}",
        {"data/schema.yaml": SCHEMA_FILE, LOG: {"log": {"hash": ["sex"], "drop": []}}},
        "email is logged as it is (policy: data.hash); add it to log.hash",
        {"data/schema.yaml": SCHEMA_FILE, LOG: {"log": {"hash": ["email"], "drop": ["sex"]}}},
    ),
    ("ML407", "", {"a.ipynb": OUTPUTS}, "it holds outputs", {"a.ipynb": {"cells": []}}),
    ("ML501", "", {"README.md": "x"}, "there is no README", {"readme.rst": "x" * 200}),
    ("ML502", "", {}, "there is no model card", {"docs/model-card.md": "x"}),
    (
        "ML503",
        "docs: {card: {high: [intended_use]}}",
        {"docs/dossier.yaml": dossier(risk_class="high", intended_use="Unanswered")},
        "intended_use is unanswered, which ada is to answer",
        {"docs/dossier.yaml": dossier(risk_class="high", intended_use="To sort penguins.")},
    ),
    ("ML504", "", {}, "there is no data sheet", {"docs/datasheet.md": "x"}),
    (
        "ML505",
        "",
        {"docs/dossier.yaml": dossier(a="unanswered", b="", c="yes")},
        "2 unanswered by ada",
        {"docs/dossier.yaml": dossier(a="yes")},
    ),
    (
        "ML506",
        "docs: {card: {high: [a]}}",
        {"docs/dossier.yaml": dossier(risk_class="huge")},
        "no risk class is stated",
        {"docs/dossier.yaml": dossier(risk_class="limited")},
    ),
    ("ML601", "", {}, "there is no CODEOWNERS", {"CODEOWNERS": "* @a"}),
    (
        "ML602",
        "reviews: {owners: {/conf/: ['@a', '@b']}}",
        {"CODEOWNERS": "/conf/ @a # @b"},
        "/conf/ lacks @b",
        {".github/CODEOWNERS": "/conf/ @b @a"},
    ),
    (
        "ML603",
        "reviews: {approvals: 2}",
        {".github/rulesets/main.json": {"rules": [{"required_approving_review_count": 1}]}},
        "1 approvals are asked for, not 2",
        {".github/rulesets/main.json": {"rules": [{"required_approving_review_count": 2}]}},
    ),
    ("ML604", "", {"a.py": ""}, "there is no test", {"tests/test_a.py": ""}),
    (
        "ML605",
        "",
        {".github/workflows/a.yml": {"on": {"push": {}}, "jobs": {}}},
        "no workflow runs on pull requests",
        {".github/workflows/a.yml": "on:\n  pull_request:\njobs: {}\n"},
    ),
    (
        "ML701",
        "",
        {".github/workflows/a.yml": workflow(steps=[])},
        "the job test has no time limit",
        {".github/workflows/a.yml": workflow(**{"timeout-minutes": 5})},
    ),
    (
        "ML702",
        "limits: {request_bytes: 1000}",
        {"conf/serving/default.yaml": {"max_bytes": 2000}},
        "it takes requests of 2,000 bytes, 1,000 are allowed",
        {"conf/serving/default.yaml": {"max_bytes": 1000}},
    ),
    (
        "ML703",
        "limits: {training_minutes: 60}",
        {".github/workflows/a.yml": workflow(steps=[{"run": "make pipeline"}])},
        "the job test may train for 360 minutes, not 60",
        {
            ".github/workflows/a.yml": workflow(
                **{"steps": [{"run": "dvc repro"}], "timeout-minutes": 9}
            )
        },
    ),
    (
        "ML704",
        "",
        {"Dockerfile": "x"},
        "no .dockerignore",
        {"Dockerfile": "x", ".dockerignore": "*"},
    ),
    ("ML801", "", {}, "it follows no template", {".cruft.json": {}}),
    (
        "ML803",
        "version: 3",
        {".policy.yaml": copy_of("version: 2\n", "x")},
        "its copy of the policy is not the newest",
        {".policy.yaml": copy_of("version: 3\n", "x")},
    ),
    (
        "ML804",
        "",
        {".policy.yaml": EDITED},
        ".policy.yaml:2: it was edited",
        {".policy.yaml": copy_of("version: 1\n", "x")},
    ),
    (
        "ML805",
        "",
        {"pyproject.toml": '[tool.repo-review]\nignore = ["ML301"]'},
        "ML301 is ignored",
        {"pyproject.toml": '[tool.repo-review]\nignore = ["PY001"]'},
    ),
]


@pytest.mark.parametrize(
    ("code", "policy", "bad", "said", "good"), ROWS, ids=lambda each: str(each)[:40]
)
def test_a_rule_is_broken_and_kept(
    code: str, policy: str, bad: Files, said: str, good: Files
) -> None:
    assert said in "; ".join(found(code, bad, policy or None) or [])
    assert not found(code, good, policy or None)


def test_the_age_of_a_template_is_told() -> None:
    files = {".cruft.json": record()}
    assert found("ML802", files) is None
    assert found("ML802", files, newest={"b" * 40: 0}) == []
    assert found("ML802", files, newest={"b" * 40: 7}) == [
        ".cruft.json:1: it is 7 commits behind its template"
    ]
    assert "no commit bbbbbbb" in str(found("ML802", files, newest={}))


def test_every_rule_has_its_row() -> None:
    assert {row[0] for row in ROWS} | {"ML802"} == RULES.keys()


@pytest.mark.parametrize("code", RULES)
def test_a_rule_is_described(code: str) -> None:
    rule = RULES[code]
    assert rule.code == code
    assert rule.family in FAMILIES
    for text in (rule.title, rule.reason):
        assert text.endswith(".")
    assert rule.fix
    if rule.key:
        assert rule.key in known_keys()


@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.key])
def test_a_rule_of_the_policy_does_not_apply_without_its_key(code: str) -> None:
    assert found(code, {"Dockerfile": "FROM x"}, "version: 1") is None


def test_levels_name_families_of_rules() -> None:
    pattern = SCHEMA["properties"]["levels"]["propertyNames"]["pattern"]
    assert pattern == "ML[1-8][0-9]{2}"
