"""What is quicker here than in `ast` does the same."""

import ast
import copy
from pathlib import Path

from idea.syntax import with_locations

CODE = Path(__file__).read_text(encoding="utf-8") + "df['a'] = [n for n in x if n > 1]\n"


def test_nodes_get_the_place_of_what_is_around() -> None:
    tree = ast.parse(CODE)
    for number, node in enumerate(ast.walk(tree)):
        if number % 3 and hasattr(node, "lineno"):
            for name in node._attributes:
                delattr(node, name)
    known = ast.fix_missing_locations(copy.deepcopy(tree))
    assert ast.dump(with_locations(tree), include_attributes=True) == ast.dump(
        known, include_attributes=True
    )
