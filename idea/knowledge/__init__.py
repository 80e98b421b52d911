"""Facts about public libraries that need no import of them: names, signatures, renames.

The tables stand one to a module, and users import the module that they need.
"""
