"""Compares this repository with its notebook: `make parity` runs both."""
