"""Writes `features.py` where the notebook's preparation can't be parted: its cells are replayed."""

from idea.analysis import Idea
from idea.codegen.formatter import layout
from idea.codegen.module_writer import GeneratedModule, ModuleWriter
from idea.codegen.preprocessing_function import preprocessing_function
from idea.codegen.unseen_values import UnseenValues
from idea.program.names_used import free_names

_DOC = """The raw columns, until `make pipeline` has the cells of notebooks/{name} replayed.

Without that, {reason}.
"""
_FEATURES = '''\
class Features(Steps):
    """Add, change or drop columns of the raw table."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        """Give the features of raw rows, for example: ``X["ratio"] = X["length"] / X["depth"]``."""
        return X'''


def unparted_features(idea: Idea, name: str) -> GeneratedModule:
    """Write `features.py` without the notebook's steps, but for its pipeline's.

    Args:
        idea: the result of the analysis.
        name: the notebook's name in the repo.
    """
    doc = _DOC.format(name=name, reason=idea.unparted)
    unseen = UnseenValues(idea.script)
    before = preprocessing_function(idea, unseen) if idea.estimator.before else None
    imports = {**idea.script.imports, **(before.imports if before else {})}
    module = ModuleWriter(idea, doc, imports, ["Learned", "Steps"])
    module.typing.add("Any")
    if before is not None:
        module.need(before.node)
        module.helpers(free_names(before.node))
    module.blocks.append(_FEATURES)
    if before is not None:
        module.blocks.append(layout([before.node], before.comments).rstrip("\n"))
    return GeneratedModule(module.text(), ())
