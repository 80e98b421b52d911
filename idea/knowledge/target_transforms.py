"""What notebooks do to a target of numbers, and what turns predictions back.

Checked with NumPy 2.4, SciPy 1.17 and scikit-learn 1.9.
"""

# Functions of one argument, and their inverses.
INVERSES = {
    "numpy.arcsinh": "numpy.sinh",
    "numpy.exp": "numpy.log",
    "numpy.exp2": "numpy.log2",
    "numpy.expm1": "numpy.log1p",
    "numpy.log": "numpy.exp",
    "numpy.log10": "scipy.special.exp10",
    "numpy.log1p": "numpy.expm1",
    "numpy.log2": "numpy.exp2",
    "numpy.sqrt": "numpy.square",
    "numpy.square": "numpy.sqrt",
    "scipy.special.expit": "scipy.special.logit",
    "scipy.special.logit": "scipy.special.expit",
}
# Functions of `math`, as NumPy has them.
OF_MATH = {
    "math.asinh": "numpy.arcsinh",
    "math.exp": "numpy.exp",
    "math.expm1": "numpy.expm1",
    "math.log": "numpy.log",
    "math.log10": "numpy.log10",
    "math.log1p": "numpy.log1p",
    "math.log2": "numpy.log2",
    "math.sqrt": "numpy.sqrt",
}
# Powers, as functions.
POWERS = {0.5: "numpy.sqrt", 2: "numpy.square"}
# Transformers that treat each column by itself, and learn from the training rows.
SCALERS = frozenset(
    "MaxAbsScaler MinMaxScaler PowerTransformer QuantileTransformer RobustScaler "
    "StandardScaler".split()
)
# Functions that find a power by themselves, by the method of `PowerTransformer` that does the same.
POWER_METHODS = {"scipy.stats.boxcox": "box-cox", "scipy.stats.yeojohnson": "yeo-johnson"}
