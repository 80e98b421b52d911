"""Which calls change an object that they are given, and which hand it on.

Checked with pandas 3.1 (whose frames never share values with another) and NumPy 2.4.
"""

# Methods that change the frame, or series, that they are called on, besides ``inplace=True``.
FRAME_MUTATORS = frozenset("insert pop update isetitem __setitem__ __delitem__ __iadd__".split())
# Methods that change an array.
ARRAY_MUTATORS = frozenset("sort fill put partition resize byteswap itemset __setitem__".split())
# Attributes and methods after which an array's values are still the same memory.
ARRAY_VIEWS = frozenset(
    "T flat real imag base reshape ravel view squeeze transpose swapaxes diagonal".split()
)
# Methods that change a container or another object.
HOLDER_MUTATORS = frozenset(
    "append appendleft extend insert update pop popleft popitem remove sort clear add setdefault "
    "discard reverse fit fit_transform fit_predict fit_resample partial_fit set_params set_output "
    "__setitem__ __delitem__ __setattr__".split()
)
# Methods of estimators that give the estimator back.
GIVE_THEMSELVES = frozenset({"fit", "partial_fit", "set_params", "set_output"})
# Attributes of a frame that stand for the frame itself where they are stored into.
FRAME_PARTS = frozenset({"loc", "iloc", "at", "iat", "index", "columns", "flags", "attrs"})

# Functions that change their first argument.
CHANGE_FIRST = frozenset(
    {
        "delattr",
        "numpy.copyto",
        "numpy.fill_diagonal",
        "numpy.place",
        "numpy.put",
        "numpy.put_along_axis",
        "numpy.putmask",
        "numpy.random.shuffle",
        "operator.delitem",
        "operator.iadd",
        "operator.setitem",
        "random.shuffle",
        "setattr",
    }
)
# Functions of NumPy whose result may be the memory of an array that they are given.
NUMPY_VIEWS = frozenset(
    "asarray asanyarray ascontiguousarray ravel reshape squeeze transpose swapaxes moveaxis "
    "expand_dims broadcast_to atleast_1d atleast_2d flip fliplr flipud rot90 split array_split "
    "diagonal real imag".split()
)
# Functions whose result holds nothing of what they are given.
GIVE_NEW = frozenset(
    {
        "abs",
        "bool",
        "copy.deepcopy",
        "display",
        "float",
        "hasattr",
        "id",
        "int",
        "isinstance",
        "len",
        "print",
        "range",
        "repr",
        "round",
        "str",
        "sum",
        "type",
    }
)
