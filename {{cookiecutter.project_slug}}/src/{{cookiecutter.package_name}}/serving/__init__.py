"""The service: a registered model behind HTTP."""
