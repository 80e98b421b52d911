"""Packages that a notebook's model or steps may need beyond those of every rendered repository."""

# Requirements by the name that is imported.
REQUIREMENTS = {
    "catboost": "catboost>=1.2",
    "category_encoders": "category-encoders>=2.8",
    "feature_engine": "feature-engine>=1.8",
    "imblearn": "imbalanced-learn>=0.14",
    "lightgbm": "lightgbm>=4.6",
    "nltk": "nltk>=3.9",
    "statsmodels": "statsmodels>=0.14",
    "xgboost": "xgboost>=3.0",
}
# Tables are read with this one, and not imported.
EXCEL = "openpyxl>=3.1"
# Libraries that only draw, by the name of their package.
DRAWING = ("matplotlib", "seaborn", "plotly")
