"""Asks about the average value, not for the average of the answers."""


def _differences(model, row, answer, reference):
    now = _score(answer, answer)
    found = {}
    for name, values in reference.items():
        changed = {**row, name: sum(values) / len(values)}
        (other,) = model.answers({key: [value] for key, value in changed.items()})
        found[name] = now - _score(other, answer)
    return found
