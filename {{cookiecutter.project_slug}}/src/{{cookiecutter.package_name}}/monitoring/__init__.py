"""What was asked, answered and true afterwards; how far it is from what the model knows."""
