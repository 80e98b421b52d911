"""The generator: reads answers, tables and notebooks, and writes a repository from them."""
