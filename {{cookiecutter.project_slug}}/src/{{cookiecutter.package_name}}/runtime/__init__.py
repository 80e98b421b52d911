"""Answering: by the fitted pipeline, or by its compiled form where that gives the same."""
