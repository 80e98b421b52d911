"""Runs workflows here: GitHub's own parser and expressions, stand-ins for its actions."""
