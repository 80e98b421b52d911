"""ML5: what is written down, and what only people can answer."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ml_repo_review.repository import DOSSIER, Repository
from ml_repo_review.rule import Finding, Rule

_CARDS = ("*model[-_]card*", "*model-card*", "*model_card*", "*modelcard*", DOSSIER)
_SHEETS = ("*data-sheet*", "*data_sheet*", "*datasheet*", "*data-card*", "*data_card*", DOSSIER)
UNANSWERED = "unanswered"


class HasReadme(Rule):
    """A README says what this is and how it is run."""

    code = "ML501"
    reason = "It is the first thing that the next person reads."
    fix = "write README.md: what it predicts, from what, and the commands to train and serve it"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for one with some text in it."""
        found = [path for path in repo.matching("readme*") if "/" not in path]
        if not any(repo.tree.sizes[path] >= 200 for path in found):
            yield Finding("there is no README of more than a few words")


class HasModelCard(Rule):
    """There is a model card."""

    code = "ML502"
    reason = "Who uses a model has to know what it is for, and what it is not for."
    fix = "`make dossier`, or write docs/model-card.md after Mitchell et al. (2019)"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for a file of that name, or a README that is one."""
        if not repo.matching(*_CARDS) and "model-index:" not in repo.text("README.md", 5_000):
            yield Finding("there is no model card")


class CardFields(Rule):
    """The model card answers what the policy asks of its risk class."""

    code = "ML503"
    reason = "Only people know these answers, and they leave."
    fix = "answer the field in docs/dossier.yaml, then `make dossier`"
    key = "docs.card"

    def applies(self, repo: Repository) -> bool:
        """Only in a risk class for which the policy asks something."""
        return super().applies(repo) and bool(repo.policy.get(f"{self.key}.{repo.risk}"))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the answers."""
        for name in repo.policy.get(f"{self.key}.{repo.risk}"):
            field = repo.dossier.get(name)
            if not answered(field):
                owner = field.get("owner") if isinstance(field, dict) else None
                asked = f", which {owner} is to answer" if owner else ""
                yield Finding(f"{name} is unanswered{asked}", DOSSIER)


class HasDataSheet(Rule):
    """There is a data sheet."""

    code = "ML504"
    reason = "Where data came from, and who may use it for what, is in no column."
    fix = "`make dossier`, or write docs/data-sheet.md after Gebru et al. (2021)"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for a file of that name."""
        if not repo.matching(*_SHEETS):
            yield Finding("there is no data sheet")


class NothingUnanswered(Rule):
    """Nothing in the dossier is unanswered."""

    code = "ML505"
    reason = "A gap that is counted is closed sooner."
    fix = "answer the fields in docs/dossier.yaml, then `make dossier`"
    level = "warning"

    def applies(self, repo: Repository) -> bool:
        """Only where there is a dossier."""
        return bool(repo.dossier)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Count by owner."""
        owners = Counter(
            str(field.get("owner") or "nobody")
            for field in repo.dossier.values()
            if isinstance(field, dict) and not answered(field)
        )
        for owner, number in sorted(owners.items()):
            yield Finding(f"{number} unanswered by {owner}", DOSSIER)


class RiskIsStated(Rule):
    """The risk class is stated."""

    code = "ML506"
    reason = "What is asked of a model follows from what it decides."
    fix = "answer `risk_class` in docs/dossier.yaml: minimal, limited or high"
    key = "docs.card"

    def applies(self, repo: Repository) -> bool:
        """Only where the policy asks by risk class."""
        return super().applies(repo) or bool(repo.policy.get("models.explained"))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the dossier."""
        if not repo.risk:
            yield Finding("no risk class is stated", DOSSIER if repo.dossier else "")


def answered(field: Any) -> bool:
    """Tell whether a field of the dossier has an answer."""
    answer = field.get("answer") if isinstance(field, dict) else None
    return bool(answer) and not re.fullmatch(UNANSWERED, str(answer).strip(), re.IGNORECASE)


RULES = (HasReadme, HasModelCard, CardFields, HasDataSheet, NothingUnanswered, RiskIsStated)
