"""Training again when there is a reason to, and proposing what comes of it."""
