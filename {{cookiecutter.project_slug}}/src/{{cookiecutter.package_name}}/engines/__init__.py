"""The stages of dvc.yaml as tasks for an orchestrator."""
