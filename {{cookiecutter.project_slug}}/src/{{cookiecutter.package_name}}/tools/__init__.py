"""Git, DVC, files, configuration: nothing here knows of models."""
