"""Takes the packages of all extras for what a model needs."""


def packages(model):
    needed = {Requirement(line).name for line in metadata.requires(DISTRIBUTION) or []}
    known = {one.metadata["Name"] for one in metadata.distributions()}
    return {name: metadata.version(name) for name in sorted(needed & known)}
