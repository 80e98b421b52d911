"""Attacks on a running service, and on the commands around it."""
