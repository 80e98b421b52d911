"""Lets pandas guess what a cell is."""


def read(file, name, cfg):
    try:
        table = pd.read_csv(file, sep=SEPARATORS[PurePath(name).suffix.lower()])
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal(f"{name} can't be read ({error})") from None
    if table.empty:
        raise Refusal(f"{name} has no rows")
    return table
