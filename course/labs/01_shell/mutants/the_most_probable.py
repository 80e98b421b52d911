"""Looks at the class that is most probable in each row, not at the one that is shown."""


def _score(answer, shown):
    if "probabilities" in answer:
        return float(max(answer["probabilities"].values()))
    return float(answer["prediction"])
