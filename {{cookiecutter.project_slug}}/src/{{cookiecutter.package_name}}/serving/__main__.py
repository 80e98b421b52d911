"""`make serve`."""

import sys

from ..packing.opening import prepare

OPENER = f"{__package__.partition('.')[0]}.runtime.served_model:answering"


def main() -> None:
    """Serve; exit with 0 when stopped, with 1 after a refusal."""
    if not {"-h", "--help"} & set(sys.argv):
        prepare(OPENER)  # imports what opens the model, while this process imports what serves it
    from .serve import main as serve

    serve()


if __name__ == "__main__":
    main()
