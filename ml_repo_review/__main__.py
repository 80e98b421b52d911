"""Lets `python -m ml_repo_review` be the command."""

import sys

from ml_repo_review.cli import main

sys.exit(main())
