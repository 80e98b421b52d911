"""The page that `make app` opens: a prediction and what moved it, a file of rows, the drift."""
