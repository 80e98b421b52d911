"""Functions that read a table from a file, and how pandas understands what is in it.

Checked with pandas 3.1.
"""

import re

# By the format of the file; seaborn's data sets are CSV files of that name.
READERS = {
    "pandas.read_csv": "csv",
    "pandas.read_table": "csv",
    "pandas.read_parquet": "parquet",
    "pandas.read_excel": "excel",
    "pandas.read_json": "json",
    "polars.read_csv": "csv",
    "polars.read_parquet": "parquet",
    "polars.scan_csv": "csv",
    "polars.scan_parquet": "parquet",
    "seaborn.load_dataset": "seaborn",
    "pandas.read_sql": "sql",
    "pandas.read_sql_query": "sql",
    "pandas.read_sql_table": "sql",
}
# Functions that read rows otherwise, or from files that are no tables.
OTHER_READERS = frozenset(
    "csv.reader csv.DictReader numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile "
    "pandas.read_pickle pandas.read_html pandas.read_feather pandas.read_hdf pandas.read_fwf "
    "pandas.read_xml pandas.read_sas pandas.read_stata pandas.read_spss pandas.read_clipboard "
    "joblib.load pickle.load scipy.io.loadmat scipy.io.arff.loadarff requests.get".split()
)
# What Polars calls options that pandas has too.
POLARS_OPTIONS = {"separator": "sep", "null_values": "na_values", "quote_char": "quotechar"}
# The order of parameters of those that read from a database.
QUERY_PARAMETERS = {
    "read_sql": ("sql", "con", "index_col", "coerce_float", "params", "parse_dates", "columns"),
    "read_sql_query": ("sql", "con", "index_col", "coerce_float", "params", "parse_dates"),
    "read_sql_table": ("table_name", "con", "schema", "index_col", "coerce_float", "parse_dates"),
}
# What opens a database, and whether it is given a file's path or an address.
CONNECTING = {
    "sqlite3.connect": "file",
    "sqlalchemy.create_engine": "address",
    "sqlalchemy.engine.create_engine": "address",
}
# How they call the argument that holds the path.
PATH_PARAMETERS = frozenset({"filepath_or_buffer", "path_or_buf", "io", "path", "source"})

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".json": "json",
    ".jsonl": "json",
}
# Names of files that hold a table.
TABLE_FILE = re.compile(
    r"\.(csv|tsv|txt|data|dat|parquet|xls[xm]?|jsonl?|zip|tgz)(\.(gz|bz2|xz|zip))?$", re.I
)

# Options that change which table is read; all others change how fast it is read, or shown.
_TABLE = (
    "header names index_col usecols skiprows skipfooter nrows na_values keep_default_na decimal "
    "thousands parse_dates dtype comment true_values false_values"
)
OPTIONS = {
    "csv": frozenset(
        f"{_TABLE} sep delimiter encoding dayfirst quotechar on_bad_lines skipinitialspace engine "
        "skip_blank_lines".split()
    ),
    "excel": frozenset(f"{_TABLE} sheet_name".split()),
    "json": frozenset(
        "orient typ lines dtype convert_axes convert_dates keep_default_dates date_unit encoding "
        "nrows".split()
    ),
    "parquet": frozenset[str](),
}

# The texts that pandas reads as a missing value, `keep_default_na` (STR_NA_VALUES in its source).
MISSING_VALUES = frozenset(
    "NA N/A n/a #NA #N/A NaN nan -NaN -nan NULL null None <NA> 1.#IND -1.#IND 1.#QNAN -1.#QNAN"
    .split()
) | {"", "#N/A N/A"}  # fmt: skip

# Names of the columns that read_json takes for dates.
JSON_DATE_NAMES = re.compile(r".*_(at|time)|timestamp.*|modified|date(time)?", re.I | re.S)

# Files that hold several others, by the ends of their names.
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
