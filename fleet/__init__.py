"""Many repositories at once: audited under one policy, and updated in waves."""
