"""The stages of the pipeline, one module each, as dvc.yaml runs them."""
