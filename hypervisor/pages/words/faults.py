"""What is found wrong with a configuration, for who reads no English.

A fault is made of clauses ("… ; expected …"), and the English of a row here is the clause as the schema writes it, with
names for what it fills in: pages find the row by it, and a clause without a row is shown as it came. A test walks all
messages of the schema that the pages can provoke, so that none is forgotten or has changed unseen.
"""

from hypervisor.pages.words import Words, said
from hypervisor.pages.words.faults_camera import WORDS as OF_CAMERAS

WORDS: Words = {
    # Of every field: how the schema says what a value may be.
    "said_missing": ("manque", "is missing"),
    "said_missing_too": ("manque", "missing"),
    "said_got": ("valeur reçue : {got}", "got {got}"),
    "said_here": ("à indiquer ici", "expected it here"),
    "said_unknown_like": ("réglage inconnu (peut-être « {like} » ?)", "unknown key (did you mean '{like}'?)"),
    "said_unknown": ("réglage inconnu", "unknown key"),
    "said_one_of": ("attendu : l’un de {names}", "expected one of {names}"),
    "said_later": ("viendra avec {later}", "arrives with {later}"),
    "said_none_yet": ("à laisser de côté pour l’instant", "expected no such key yet"),
    "said_id": (
        "attendu : des minuscules sans accent, chiffres, - et _, 63 au plus, une lettre ou un chiffre en premier",
        "expected lower-case letters, digits, - and _, at most 63, beginning with a letter or digit",
    ),
    "said_least": (
        "attendu : {n} au moins",
        "expected: input should be greater than or equal to {n}",
    ),
    "said_most": ("attendu : {n} au plus", "expected: input should be less than or equal to {n}"),
    "said_more": ("attendu : plus de {n}", "expected: input should be greater than {n}"),
    "said_less": ("attendu : moins de {n}", "expected: input should be less than {n}"),
    "said_number": (
        "attendu : un nombre",
        "expected: input should be a valid number",
    ),
    "said_number_text": (
        "attendu : un nombre",
        "expected: input should be a valid number, unable to parse string as a number",
    ),
    "said_whole": ("attendu : un nombre entier", "expected: input should be a valid integer"),
    "said_whole_text": (
        "attendu : un nombre entier",
        "expected: input should be a valid integer, unable to parse string as an integer",
    ),
    "said_whole_part": (
        "attendu : un nombre entier",
        "expected: input should be a valid integer, got a number with a fractional part",
    ),
    "said_text": ("attendu : un texte", "expected: input should be a valid string"),
    "said_yes_no": ("attendu : oui ou non (true ou false)", "expected: input should be a valid boolean"),
    "said_yes_no_text": (
        "attendu : oui ou non (true ou false)",
        "expected: input should be a valid boolean, unable to interpret input",
    ),
    "said_list": ("attendu : une liste", "expected: input should be a valid tuple"),
    "said_array": ("attendu : une liste", "expected: input should be a valid array"),
    "said_step": ("attendu : 900 ou 3600", "expected 900 or 3600"),
    "said_object": (
        "attendu : un groupe de réglages ({model})",
        "expected: input should be a valid dictionary or instance of {model}",
    ),
    "said_long": ("attendu : {n} caractères au plus", "expected: string should have at most {n} characters"),
    "said_short": ("attendu : {n} caractères au moins", "expected: string should have at least {n} characters"),
    "said_short_one": ("attendu : un caractère au moins", "expected: string should have at least 1 character"),
    "said_few": (
        "attendu : {n} éléments au moins, et non {got}",
        "expected: tuple should have at least {n} items after validation, not {got}",
    ),
    "said_few_one": (
        "attendu : un élément au moins, et non {got}",
        "expected: tuple should have at least 1 item after validation, not {got}",
    ),
    "said_many": (
        "attendu : {n} éléments au plus, et non {got}",
        "expected: tuple should have at most {n} items after validation, not {got}",
    ),
    "said_date": ("attendu : une date et une heure ({rest})", "expected: input should be a valid datetime{rest}"),
    # Of several places.
    "said_twice": ("l’identifiant {id} sert deux fois", "{id} is used twice"),
    "said_unique": ("attendu : un identifiant par élément", "expected unique ids"),
    "said_two_points": ("attendu : deux points différents", "expected two different points"),
    "said_two_ids": ("attendu : deux identifiants différents au moins", "expected two different ids at least"),
    "said_one": ("attendu : '{what}'", "expected '{what}'"),
    "said_three": ("attendu : trois au moins", "expected three at least"),
    "said_around": (
        "attendu : les sommets dans l’ordre, autour de la surface",
        "expected corners in order around the area",
    ),
    # Lines and zones.
    "said_from_to": ("attendu : « from » et « to », ou « points »", "expected from and to, or points"),
    "said_no_length": (
        "l’arrivée est au départ : la ligne n’a pas de longueur",
        "equals from, so the line has no length",
    ),
    "said_release": ("{n} n’est pas sous le seuil", "{n} is not below threshold"),
    "said_at_most": ("attendu : {n} au plus", "expected {n} at most"),
    "said_edges": ("les bords sont {ids}", "are {ids}"),
    "said_sides": ("les côtés sont {sides}", "hold sides {sides}"),
    "said_sides_range": ("attendu : de 0 à {n}, chacun une fois au plus", "expected 0 to {n}, each once at most"),
    "said_beside": ("« points » est donné en plus de « from » ou « to »", "stands beside from or to"),
    "said_two_forms": ("attendu : l’une des deux formes", "expected one of the two forms"),
    "said_has_points": ("compte {n} points", "has {n} points"),
    "said_two_least": ("attendu : deux au moins", "expected two at least"),
    "said_point_again": ("est au même endroit que le point précédent", "equals the point before it"),
    "said_neighbours": ("attendu : des voisins différents", "expected different neighbours"),
    "said_crosses": ("le tracé se croise ou se touche", "crosses or touches itself"),
    "said_open_line": ("attendu : une ligne ouverte", "expected an open line"),
    "said_needs_ground": (
        "la mesure {measure} a besoin de connaître le sol",
        "{measure} needs to know the ground",
    ),
    "said_calibration": ("attendu : l’étalonnage de la caméra", "expected the camera's calibration"),
    "said_horizon": ("atteint l’horizon", "reach the horizon"),
    "said_ground_only": (
        "attendu : du sol seulement, ce qu’il faut pour la densité",
        "expected ground only, which density needs",
    ),
    "said_not_watched": ("la zone {zone} n’est pas surveillée", "{zone} is not watched"),
    "said_watched": ("attendu : une zone qui relève les dépôts", "expected a zone that measures deposits"),
    **OF_CAMERAS,
    # What is allowed, and probably not meant.
    "said_no_class": (
        "le modèle ne connaît pas la classe {name} : elle n’est jamais comptée",
        "the model knows no class {name}, so it is never counted",
    ),
    "said_no_class_like": (
        "le modèle ne connaît pas la classe {name} : elle n’est jamais comptée (peut-être « {like} » ?)",
        "the model knows no class {name}, so it is never counted (did you mean '{like}'?)",
    ),
    "said_edge": (
        "la ligne {line} longe le bord de l’image",
        "line {line} runs along the edge of the picture",
    ),
    "said_feet": ("les pieds y sont coupés, elle peut en manquer", "feet are cut off there, so it may miss some"),
    "said_nothing": (
        "la caméra {camera} n’a ni ligne ni zone : rien n’est mesuré",
        "camera {camera} has no line and no zone: nothing is measured",
    ),
    "said_seen_too": ("le lieu {place} est aussi vu par {others}", "place {place} is also seen by {others}"),
    "said_counts": (
        "les chiffres retenus sont ceux de {primary}",
        "the figures that count are those of {primary}",
    ),
    "said_mirror": (
        "le sol est en miroir de ce que voit la caméra : les longueurs sont justes, gauche et droite non",
        "the ground is a mirror image of what the camera sees: lengths are right, left and right are not",
    ),
    "said_line_beyond": (
        "la ligne {line} est au-delà de l’horizon de l’étalonnage : il n’y a pas de mètres là",
        "line {line} lies beyond the horizon of the calibration: there are no metres there",
    ),
    "said_zone_beyond": (
        "la zone {zone} va au-delà de l’horizon de l’étalonnage : il n’y a pas de mètres là",
        "zone {zone} reaches beyond the horizon of the calibration: there are no metres there",
    ),
    "said_line_far": (
        "la ligne {line} est à {far} m hors de l’aire étalonnée, longue de {size} m : les mètres y sont incertains",
        "line {line} lies {far} m out of the calibrated area, which is {size} m long: metres are guesses there",
    ),
    "said_zone_far": (
        "la zone {zone} va à {far} m hors de l’aire étalonnée, longue de {size} m : les mètres y sont incertains",
        "zone {zone} reaches {far} m out of the calibrated area, which is {size} m long: metres are guesses there",
    ),
    "said_off_fit": ("s’écarte de {m} m de l’étalonnage", "is {m} m off the fit"),
    "said_again": (
        "à mesurer de nouveau, ou le sol n’est pas plat",
        "expected it measured again, or the ground is not flat",
    ),
}


def pairs(language: str) -> list[tuple[str, str]]:
    """Return (clause as the schema writes it, what to say instead) for a page's script; none where nothing changes."""
    spoken = said(language, WORDS)
    return [] if language == "en" else [(english, spoken[name]) for name, (_, english) in WORDS.items()]
