"""Places: what several cameras see of one piece of the city, as one figure."""
