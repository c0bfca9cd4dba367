"""Which pairs may be matched, and the reason where not."""
