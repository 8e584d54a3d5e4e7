"""The configuration file through the API: read, checked, changed, with its former versions."""
