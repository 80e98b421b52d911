"""features.py on few rows without pandas: a table of small NumPy arrays that does what pandas does.

It knows the operations that notebooks use, and of each the values for which it surely gives what
pandas gives. Everything else raises `Unknown`, upon which the rows go through pandas.
"""
