"""Takes a service that lives, whatever it answers."""


def check(service, folder, version):
    service.expect("/health")
    if service.expect("/model").content.get("version") != version:
        raise Refusal("another version")
    row, _ = example(service, folder)
    predicted(service.expect("/predict", row).content)
    service.expect("/metrics")
