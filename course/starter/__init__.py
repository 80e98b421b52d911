"""What a starter gets at its root, beside the labs."""
