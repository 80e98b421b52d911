"""Packages by the name that is imported: what every rendered repository has, and what it may need.

Checked with the releases of autumn 2026.
"""

# What every rendered repository installs, itself or through its dependencies.
INSTALLED = frozenset(
    "dateutil hydra joblib numpy omegaconf packaging pandas pyarrow rich scipy six sklearn skops "
    "threadpoolctl yaml".split()
)
# Requirements that a notebook's model or steps may need beyond those.
REQUIREMENTS = {
    "bs4": "beautifulsoup4>=4.12",
    "catboost": "catboost>=1.2",
    "category_encoders": "category-encoders>=2.8",
    "emoji": "emoji>=2.12",
    "feature_engine": "feature-engine>=1.8",
    "geopy": "geopy>=2.4",
    "haversine": "haversine>=2.8",
    "holidays": "holidays>=0.50",
    "imblearn": "imbalanced-learn>=0.14",
    "lightgbm": "lightgbm>=4.6",
    "lxml": "lxml>=5.2",
    "matplotlib": "matplotlib>=3.10",
    "nltk": "nltk>=3.9",
    "patsy": "patsy>=1.0",
    "plotly": "plotly>=6.0",
    "polars": "polars>=1.30",
    "pytz": "pytz>=2024.1",
    "regex": "regex>=2024.5",
    "requests": "requests>=2.32",
    "seaborn": "seaborn>=0.13",
    "statsmodels": "statsmodels>=0.14",
    "textblob": "textblob>=0.18",
    "tqdm": "tqdm>=4.66",
    "unidecode": "unidecode>=1.3",
    "xgboost": "xgboost>=3.0",
}
# Tables are read with this one, and not imported.
EXCEL = "openpyxl>=3.1"
OLD_EXCEL = "xlrd>=2.0.1"
# Libraries that only draw, by the name of their package.
DRAWING = ("matplotlib", "seaborn", "plotly")
# All of which are libraries of others, and no module of the notebook's author.
LIBRARIES = (
    INSTALLED
    | REQUIREMENTS.keys()
    | {"IPython", "mpl_toolkits", "pylab", "keras", "tensorflow", "torch"}
)
