"""Logged predictions, their outcomes, and their distance from the training data."""
