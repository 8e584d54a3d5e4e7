"""What deposits, their states, and what is missing in a figure are called, in French and in English.

A test holds the tables against the kinds and states that there are.
"""

from typing import Any

Words = dict[str, str]

TYPES: dict[str, Words] = {
    "bulky": {"fr": "encombrant", "en": "bulky waste"},
    "bags": {"fr": "sac(s) de déchets", "en": "waste bag(s)"},
    "litter": {"fr": "déchets épars", "en": "scattered litter"},
    "bin_overflow": {"fr": "corbeille qui déborde", "en": "overflowing bin"},
    "unclassified": {"fr": "dépôt non identifié", "en": "unclassified deposit"},
}

STATES: dict[str, Words] = {
    "opened": {"fr": "constaté", "en": "found"},
    "worsened": {"fr": "aggravé", "en": "grown worse"},
    "cleared": {"fr": "nettoyé", "en": "cleaned"},
    "occluded": {"fr": "caché par le passage", "en": "hidden by people or vehicles"},
    "suspended": {"fr": "hors de vue, suivi suspendu", "en": "out of sight, not followed"},
    "resumed": {"fr": "de nouveau visible", "en": "in sight again"},
    "absorbed": {"fr": "déclaré normal à cet endroit", "en": "declared normal there"},
}

WATCH: dict[str, Words] = {
    "learning": {"fr": "apprentissage de l’état propre", "en": "learning what clean looks like"},
    "watching": {"fr": "surveillance en cours", "en": "watching"},
    "covered": {"fr": "zone cachée par le passage", "en": "hidden by people or vehicles"},
    "suspended": {"fr": "surveillance suspendue", "en": "not watching"},
}

REASONS: dict[str, Words] = {
    "start": {"fr": "démarrage", "en": "it has just begun"},
    "no_clean_view": {"fr": "aucune vue dégagée", "en": "no free view yet"},
    "clean": {"fr": "l’état propre est connu", "en": "what clean looks like is known"},
    "people": {"fr": "personnes ou véhicules", "en": "people or vehicles"},
    "light": {"fr": "changement de lumière", "en": "the light has changed"},
    "camera": {"fr": "caméra déplacée ou masquée", "en": "the camera was moved or masked"},
    "reference_damaged": {"fr": "image de référence illisible", "en": "the reference cannot be read"},
    "resolution": {"fr": "changement de résolution", "en": "the resolution has changed"},
    "operator": {"fr": "demande d’un opérateur", "en": "an operator asked for it"},
    "too_small": {"fr": "zone trop petite dans l’image", "en": "the zone is too small in the picture"},
    "clock": {"fr": "changement d’horloge", "en": "the clock has changed"},
}

NAMES: dict[str, Words] = {
    "chair": {"fr": "chaise", "en": "chair"},
    "couch": {"fr": "canapé", "en": "sofa"},
    "bed": {"fr": "lit ou matelas", "en": "bed or mattress"},
    "dining table": {"fr": "table", "en": "table"},
    "toilet": {"fr": "sanitaire", "en": "toilet"},
    "tv": {"fr": "écran", "en": "screen"},
    "microwave": {"fr": "micro-ondes", "en": "microwave"},
    "oven": {"fr": "four", "en": "oven"},
    "sink": {"fr": "évier", "en": "sink"},
    "refrigerator": {"fr": "réfrigérateur", "en": "refrigerator"},
    "suitcase": {"fr": "valise", "en": "suitcase"},
    "potted plant": {"fr": "plante en pot", "en": "potted plant"},
    "bench": {"fr": "banc", "en": "bench"},
    "surfboard": {"fr": "planche", "en": "board"},
    "backpack": {"fr": "sac à dos", "en": "backpack"},
    "handbag": {"fr": "sac à main", "en": "handbag"},
    "bottle": {"fr": "bouteille", "en": "bottle"},
    "wine glass": {"fr": "verre à pied", "en": "wine glass"},
    "cup": {"fr": "gobelet", "en": "cup"},
    "fork": {"fr": "fourchette", "en": "fork"},
    "knife": {"fr": "couteau", "en": "knife"},
    "spoon": {"fr": "cuillère", "en": "spoon"},
    "bowl": {"fr": "récipient", "en": "bowl"},
    "banana": {"fr": "banane", "en": "banana"},
    "apple": {"fr": "pomme", "en": "apple"},
    "book": {"fr": "livre ou papier", "en": "book or paper"},
    "umbrella": {"fr": "parapluie", "en": "umbrella"},
}
"""What the detector calls a deposit; a test holds it against the names that the engine gives."""

NOTES: dict[str, Words] = {
    "low_coverage": {
        "fr": "observé moins de 60 % du temps : aucun chiffre",
        "en": "watched less than 60 % of the time: no figure",
    },
    "uncalibrated": {
        "fr": "caméra non étalonnée : ni surface, ni chiffres aux 100 m²",
        "en": "the camera is not calibrated: no areas, nothing per 100 m²",
    },
    "small_zone": {
        "fr": "zone de moins de 20 m² : un seul objet pèse lourd aux 100 m²",
        "en": "a zone under 20 m²: a single thing weighs much per 100 m²",
    },
    "not_primary": {
        "fr": "une autre caméra voit le même lieu : ses chiffres font foi",
        "en": "another camera sees the same place: its figures count",
    },
    "macro": {
        "fr": "la caméra ne voit pas les petits déchets (mégots, par exemple)",
        "en": "the camera cannot see small litter (cigarette ends, for instance)",
    },
    "assumed_limits": {
        "fr": "certaines limites des notes A à F sont des hypothèses",
        "en": "some limits of the grades A to F are assumptions",
    },
}


def both(table: dict[str, Words], name: str) -> Words:
    """Return a word in both languages; one that a newer pipeline tells stays as it is."""
    return table.get(name, {"fr": name, "en": name})


def sentence(detail: dict[str, Any]) -> Words:
    """Return what is to be said of a deposit: `encombrant (canapé), constaté`."""
    kind, state = both(TYPES, str(detail["type"])), both(STATES, str(detail["state"]))
    name = both(NAMES, str(detail["name"])) if detail.get("name") else None
    named = {language: f" ({name[language]})" if name is not None else "" for language in ("fr", "en")}
    return {language: f"{kind[language]}{named[language]}, {state[language]}" for language in ("fr", "en")}
