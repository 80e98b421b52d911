"""The model: its pipeline, its scores, its file, and the folder it is packed into."""
