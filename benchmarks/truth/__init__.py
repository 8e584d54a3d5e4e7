"""What can be counted in the footage, and how it is known."""
