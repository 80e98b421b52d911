"""Does not wait: what is not ready at once is refused."""


def wait(service, seconds):
    service.expect("/ready")
