"""The service where a cloud runs it: its contract, and what brings it there."""
