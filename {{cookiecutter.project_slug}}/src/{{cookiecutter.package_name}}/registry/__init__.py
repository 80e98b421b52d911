"""Versions of the model and the stage each is in: several registries behind the same verbs."""
