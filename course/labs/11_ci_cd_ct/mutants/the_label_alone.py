"""Compares labels, and no probability; takes any refusal of a wrong value."""


def check(service, folder, version):
    service.expect("/health")
    served = service.expect("/model").content.get("version")
    if not served or served != version:
        raise Refusal("another version")
    row, expected = example(service, folder)
    answer = predicted(service.expect("/predict", row).content)
    if answer["prediction"] != expected["prediction"]:
        raise Refusal("another answer")
    service.expect("/predict", {**row, next(iter(row)): {}}, status=422)
    lines = service.expect("/metrics").text.splitlines()
    if not sum(float(line.split()[-1]) for line in lines if line.startswith("requests_total{")):
        raise Refusal("no request was counted")
