"""Alerts: what a rule found. They are opened, updated and closed by the evaluation of rules, never by hand."""
