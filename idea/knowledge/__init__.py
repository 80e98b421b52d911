"""Facts about public libraries, each stated once, which need no import of these libraries.

One module to a subject, and users import the module that they need. Each module names the releases
that its facts were checked with; `tests/idea/knowledge/` checks them against the installed ones.
"""
