"""The footage that ships with Parvis, and how it was made."""
