"""Counts gaps among the different values."""


def profile(table, schema):
    return pd.DataFrame(
        {
            column.name: {
                "type": column.type,
                "missing": f"{table[column.name].isna().mean():.1%}",
                "distinct": table[column.name].nunique(dropna=False),
                "values": "" if column.type in ("id", "text") else _span(table[column.name]),
            }
            for column in schema.columns
            if column.name in table
        }
    ).T
