"""What the three loops call says 0 or 1, and leaves what the next step needs."""


def smoke(part, label):
    """Ask a service that answers its example with a label; give what is refused."""
    import json
    from pathlib import Path

    module = part("serving.smoke")

    class StandIn(module.Service):
        def __init__(self):
            pass

        def ask(self, path, row=None):
            size = (row or {}).get("size")
            content = {
                "/ready": {"ready": True},
                "/health": {"alive": True},
                "/model": {"version": "v0.0.2", "runtime": "onnx"},
                "/metrics": 'requests_total{path="/predict",status="200"} 3.0',
                "/predict": {"predictions": [{"prediction": label}]},
            }[path]
            status = 422 if row and not isinstance(size, float) else 200
            if status == 422:
                content = {"detail": "wrong", "problems": [{"field": "size"}]}
            text = content if isinstance(content, str) else json.dumps(content)
            return module.Reply(status, text, 1.0)

    folder = Path("image")
    folder.mkdir()
    (folder / "example.json").write_text('[{"size": 1.5}]')
    (folder / "answer.json").write_text('{"prediction": "high"}')
    service = StandIn()
    try:
        module.wait(service, 1.0)
        module.check(service, folder, "v0.0.2")
    except part("tools.errors").Refusal as refusal:
        return str(refusal)
    return None


def told(part, values):
    """Tell GitHub some values, twice; give what the file of outputs holds."""
    import os
    from pathlib import Path

    os.environ["GITHUB_OUTPUT"] = "said"
    for each in values:
        part("retraining.record").tell_github(**each)
    return Path("said").read_text()


def test_a_service_is_asked(team):
    """`make smoke` takes a service that answers as its model does, and refuses another."""
    found = team.ask(smoke, "high")
    assert found is None, f"expected that it is taken, found {found!r}"
    found = team.ask(smoke, "low")
    assert found, "expected a refusal of another answer, it was taken"


def test_a_step_tells_the_next_ones(team):
    """Values become lines in GitHub's file of outputs, one after the other."""
    found = team.ask(told, [{"outcome": "candidate"}, {"branch": "b", "version": "v0.0.2"}])
    expected = "outcome=candidate\nbranch=b\nversion=v0.0.2\n"
    assert found == expected, f"expected {expected!r}, found {found!r}"
