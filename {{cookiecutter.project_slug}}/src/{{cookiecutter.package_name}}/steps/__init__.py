"""The base of features.py and prepare.py: steps that learn from training rows only."""
