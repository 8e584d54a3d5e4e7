"""Level of service of a walkway, by the space that each person has.

Source: J. J. Fruin, Pedestrian Planning and Design, 1971 (walkways): A from 35 square feet a person, B from 25, C from
15, D from 10, E from 5, F below. They are kept here as people on a square metre.
"""

_SQUARE_FOOT_M2 = 0.09290304
_LEAST_SQUARE_FEET = {"A": 35, "B": 25, "C": 15, "D": 10, "E": 5}

MOST_PER_M2 = {level: 1 / (feet * _SQUARE_FOOT_M2) for level, feet in _LEAST_SQUARE_FEET.items()}
"""Level → density up to which it holds, people/m²; above the last one it is F."""


def level_of_service(density_per_m2: float) -> str:
    """Return the level of service, A (free) to F (crush), of a walkway with so many people on a square metre."""
    return next((level for level, most in MOST_PER_M2.items() if density_per_m2 <= most), "F")
