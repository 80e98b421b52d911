"""What the generator knows: how to read answers and tables, and how a repo is born."""
