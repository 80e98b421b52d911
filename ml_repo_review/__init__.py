"""Rules for machine-learning repositories, and the one policy that they go by.

A plug-in of repo-review. Nothing that it looks at is imported or run.
"""
