"""`policy.yaml`: what an organisation asks of its repositories, read the same way everywhere.

The generator reads it too, so this package keeps to the standard library and PyYAML.
"""

from ml_repo_review.policy.reader import BadPolicy, Policy, parse, read
from ml_repo_review.policy.schema import SCHEMA

__all__ = ["SCHEMA", "BadPolicy", "Policy", "parse", "read"]
