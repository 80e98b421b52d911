"""Versions of the model and the stage each is in: Git, W&B or MLflow behind the same verbs."""
