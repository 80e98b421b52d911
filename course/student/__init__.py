"""The labs of this course; `python -m labs` says where you are."""
