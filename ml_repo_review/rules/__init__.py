"""The rules, a module for each family. A code is never given to another rule."""

from ml_repo_review.rule import Rule
from ml_repo_review.rules import (
    data,
    documents,
    identity,
    limits,
    model,
    reviews,
    supply_chain,
    template,
)

_FAMILIES = (identity, supply_chain, model, data, documents, reviews, limits, template)
RULES: dict[str, Rule] = {
    rule.code: rule() for family in _FAMILIES for rule in sorted(family.RULES, key=lambda r: r.code)
}

__all__ = ["RULES"]
