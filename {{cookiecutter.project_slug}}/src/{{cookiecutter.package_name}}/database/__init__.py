"""Snapshots of the table, which is a query in a database."""
