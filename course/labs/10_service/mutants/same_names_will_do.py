"""Compares the names of the fields, and neither their types nor the classes."""


def _check_contract(former, new):
    if former.schema.features != new.schema.features:
        raise Refusal(f"{new.version} has other fields than {former.version}")
