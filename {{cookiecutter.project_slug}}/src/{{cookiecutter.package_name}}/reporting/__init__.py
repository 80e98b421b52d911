"""Figures and tables for people: plots, the report, the changes since a commit."""
