"""Does an endpoint answer as its model should? Standard input has its answer to the example."""

import json
import sys
from pathlib import Path

from ..serving.smoke import IMAGE, first_difference, predicted
from ..tools.errors import Refusal
from ..tools.files import read_json


def check(text: str, folder: Path = IMAGE) -> str:
    """Compare an answer with the one that the model's folder holds.

    Args:
        text: JSON of the endpoint.
        folder: of the model.

    Returns:
        What it predicts.

    Raises:
        Refusal: if it is another answer, or none.
    """
    try:
        answer = predicted(json.loads(text))
        expected = read_json(folder / "answer.json")
    except ValueError:
        raise Refusal(f"expected JSON, given {text[:300]!r}") from None
    except OSError as error:
        raise Refusal(f"there is no model to compare with: {error}; make image-model") from None
    if difference := first_difference(answer, expected):
        raise Refusal(f"the model's own example has another answer: {difference}")
    return str(answer["prediction"])


def main() -> None:
    """Compare; exit with 1 if it is another answer."""
    try:
        print(f"ok: {check(sys.stdin.read())}")
    except Refusal as refusal:
        sys.exit(f"Failed: {refusal}")


if __name__ == "__main__":
    main()
