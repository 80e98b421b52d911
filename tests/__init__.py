"""Tests of the template: they render, then look at what was rendered."""
