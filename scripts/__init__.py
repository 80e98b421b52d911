"""What maintainers run: pins, release notes, what is new tonight. `make` has a target for each."""
