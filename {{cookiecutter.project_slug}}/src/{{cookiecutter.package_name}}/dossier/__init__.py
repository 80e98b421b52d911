"""`make dossier`: what the repository and its people know of a model, as three documents."""
