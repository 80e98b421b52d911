"""A course over a rendered repository: labs, and a cohort's hand-out, updates and grades."""
