"""{{ cookiecutter.project_name | replace('\\', '\\\\') | replace('"', '\\"') }}: from a raw table to a promoted model, one module a stage."""
