"""Figures of the past, written out once: points of /v1/series are kept while nothing of what they come from changes."""
