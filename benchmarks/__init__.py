"""Scripts that measure; each says at its top what, and how it is run."""
