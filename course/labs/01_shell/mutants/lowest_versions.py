"""Takes the versions that pyproject.toml asks for, not those that are here."""


def packages(model):
    needed = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or []]
    return {need.name: str(need.specifier).removeprefix(">=") for need in needed if not need.marker}
