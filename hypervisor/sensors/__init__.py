"""Sensors of the city (air, noise, weather, bins, counters): registered, checked, kept in buckets like a camera's."""
