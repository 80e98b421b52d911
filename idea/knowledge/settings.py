"""Calls that set an option of a library, and change no data.

Checked with pandas 3.1, NumPy 2.4, Matplotlib 3.11 and seaborn 0.13.
"""

SETTING_FUNCTIONS = frozenset(
    {
        "faulthandler.enable",
        "gc.collect",
        "locale.setlocale",
        "matplotlib.use",
        "numpy.random.seed",
        "numpy.seterr",
        "numpy.set_printoptions",
        "os.chdir",
        "os.environ.setdefault",
        "os.makedirs",
        "pandas.reset_option",
        "pandas.set_option",
        "pandas.set_eng_float_format",
        "random.seed",
        "sklearn.set_config",
        "tqdm.auto.tqdm.pandas",
        "tqdm.notebook.tqdm.pandas",
        "tqdm.tqdm.pandas",
        "warnings.filterwarnings",
        "warnings.simplefilter",
    }
)
# Beginnings of dotted paths, of which every function and attribute sets something.
SETTING_NAMES = (
    "logging.",
    "matplotlib.pyplot.rc",
    "matplotlib.pyplot.style.",
    "matplotlib.rc",
    "matplotlib.style.",
    "pandas.options.",
    "plotly.io.",
    "seaborn.set",
)
# Beginnings of dotted paths of functions that draw from the generator that a seed sets.
RANDOM_DRAWS = ("numpy.random.", "random.")
