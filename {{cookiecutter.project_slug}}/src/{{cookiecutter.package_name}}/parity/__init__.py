"""Is this repository what its notebook was? `make parity` runs the notebook and compares."""
