"""How long it takes to read notebooks: `python benchmarks/read_notebooks.py a.ipynb b.ipynb`."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from idea.analysis import BadIdea, read_idea


def main() -> None:
    """Print milliseconds and what was found, a line for each notebook."""
    for name in sys.argv[1:]:
        start = time.perf_counter()
        try:
            idea = read_idea(Path(name))
            found = f"{idea.estimator.name} of {idea.reading.target}"
        except BadIdea as bad:
            found = str(bad)
        print(f"{1000 * (time.perf_counter() - start):7.0f} ms  {name}: {found}")


if __name__ == "__main__":
    main()
