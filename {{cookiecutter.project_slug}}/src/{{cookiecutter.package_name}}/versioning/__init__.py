"""Git and DVC: commits, hashes of data, and results that are out of date."""
