"""Functions that read a table from a file, and the format of that file."""

READERS = {
    "pandas.read_csv": "csv",
    "pandas.read_table": "csv",
    "pandas.read_parquet": "parquet",
    "pandas.read_excel": "excel",
    "pandas.read_json": "json",
    "seaborn.load_dataset": "seaborn",
}
