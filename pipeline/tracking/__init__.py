"""Tracking made for counting: who is who from one look to the next, at any rate of looking."""
