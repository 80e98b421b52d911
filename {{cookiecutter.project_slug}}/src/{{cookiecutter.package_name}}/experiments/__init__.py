"""Searches for hyperparameters, and where their work runs."""
