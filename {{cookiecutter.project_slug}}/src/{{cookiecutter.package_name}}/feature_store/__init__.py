"""Features from Feast: what it joins for training, and what the service asks it for."""
