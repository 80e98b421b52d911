"""The model folder: what judges, explains and serves a model, packed together."""
