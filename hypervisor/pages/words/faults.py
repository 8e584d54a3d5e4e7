"""What is found wrong with a configuration, for who reads no English.

A fault is made of clauses ("… ; expected …"), and the English of a row here is the clause as the schema writes it, with
names for what it fills in: pages find the row by it, and a clause without a row is shown as it came. A test walks all
messages of the schema that the pages can provoke, so that none is forgotten or has changed unseen.
"""

from hypervisor.pages.words import Words, said

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
    # The camera.
    "said_no_zone": ("sans fuseau horaire", "has no time zone"),
    "said_offset": (
        "attendu : un décalage, comme 2026-05-04T08:00:00+02:00",
        "expected an offset, such as 2026-05-04T08:00:00+02:00",
    ),
    "said_location": (
        "attendu : [latitude de -90 à 90, longitude de -180 à 180]",
        "expected [latitude -90..90, longitude -180..180]",
    ),
    "said_basis": (
        "attendu : référence, responsable et analyse d’impact, puisque la finalité est opérationnelle",
        "expected reference, controller and dpia_ref, because purpose is operations",
    ),
    "said_operations": ("demande la finalité opérationnelle", "needs the purpose operations"),
    "said_zero": ("attendu : 0 pour des statistiques", "expected 0 under statistics"),
    "said_place_primary": (
        "le lieu {place} a plusieurs caméras principales : {named}",
        "place {place} has {named} as primary",
    ),
    "said_one_of_them": ("attendu : l’une d’elles", "expected one of them"),
    "said_place_name": (
        "attendu : le nom de lieu que les zones partagent, puisque « primary » est donné",
        "expected the name that the zones share, because primary is given",
    ),
    "said_litter": (
        "attendu : un modèle, puisque « litter_classes » est donné",
        "expected one, because litter_classes are given",
    ),
    "said_size": ("attendu : de 96 à 2560 px, ou auto", "expected 96 to 2560 px, or auto"),
    "said_rate": (
        "attendu : de 0,05 à 120 détections par seconde, auto ou adaptive",
        "expected 0.05 to 120 detections per second, auto or adaptive",
    ),
    "said_timezone": ("fuseau horaire inconnu : {name}", "unknown time zone {name}"),
    "said_iana": ("attendu : un nom IANA comme Europe/Paris", "expected an IANA name such as Europe/Paris"),
    "said_time": ("attendu : une heure comme '05:30'", "expected a time of day such as '05:30'"),
    "said_day": ("attendu : de 00:00 à 24:00", "expected 00:00 to 24:00"),
    "said_ical": ("manque, et « ical » aussi", "is missing, and ical too"),
    "said_one_least": ("attendu : l’un des deux au moins", "expected one of them at least"),
    "said_hidden": (
        "contient {hidden} dans une autre adresse qu’avant",
        "holds {hidden} in another address than before",
    ),
    "said_password": ("attendu : le mot de passe, de nouveau", "expected the password again"),
    "said_no_variable": ("la variable {name} n’est pas définie", "{name} is not set"),
    "said_environment": ("attendue dans l’environnement", "expected it in the environment"),
    "said_no_address": ("n’est pas une adresse", "is no address"),
    "said_address": (
        "attendu : rtsp://serveur/chemin ou http://serveur/chemin",
        "expected rtsp://host/path or http://host/path",
    ),
    "said_four": (
        "attendu : quatre points ou plus, ou trois distances ou plus",
        "expected either points (four or more) or distances (three or more)",
    ),
    "said_ground_or": (
        "attendu : « ground » en mètres, ou « latlon » en degrés",
        "expected either ground: [x, y] in metres or latlon: [latitude, longitude]",
    ),
    "said_same_place": ("l’arrivée est au départ", "equals from"),
    "said_number_least": ("attendu : {n} au moins", "expected {n} at least"),
    "said_number_across": (
        "attendu : {n} au moins, en travers et en long",
        "expected {n} at least, across and along",
    ),
    "said_has": ("en compte {n}", "has {n}"),
    "said_mixes": ("mélange « ground » et « latlon »", "mixes ground and latlon"),
    "said_same_all": ("attendu : le même pour tous les points", "expected the same for all points"),
    "said_given_twice": ("est donné deux fois", "is given twice"),
    "said_different": ("attendu : des points différents", "expected different points"),
    "said_ground_twice": ("sa place au sol est donnée deux fois", "its place on the ground is given twice"),
    "said_places": ("attendu : des places différentes", "expected different places"),
    "said_picture": (
        "attendu : [largeur, hauteur] en px, dont les distances ont besoin",
        "expected [width, height] in px, which distances need",
    ),
    "said_picture_size": ("attendu : [largeur, hauteur] en px", "expected [width, height] in px"),
    "said_too_small": ("est trop petit", "is too small"),
    "said_outside": ("est hors de l’image", "lies outside the picture"),
    "said_fractions": (
        "attendu : des fractions de 0 à 1 de la largeur et de la hauteur",
        "expected fractions from 0 to 1 of width and height",
    ),
    "said_mirrored": ("le plan est en miroir", "are a mirror image of the map"),
    "said_own_latlon": (
        "attendu : chaque point de l’image avec sa propre position",
        "expected each picture point beside its own latlon",
    ),
    "said_unfixed": ("ne fixent pas la place du sol", "do not fix where the ground is"),
    "said_four_points": (
        "attendu : quatre points, dont aucun trio aligné",
        "expected four points, no three of them on one line",
    ),
    "said_horizon_between": (
        "sont de part et d’autre de l’horizon qu’ils donnent",
        "lie on both sides of the horizon that they give",
    ),
    "said_own_ground": (
        "attendu : chaque point de l’image avec son propre point au sol",
        "expected each picture point beside its own ground point",
    ),
    "said_in_line": (
        "sont alignés dans l’image, tous ou tous sauf un",
        "lie on one line in the picture, all or all but one",
    ),
    "said_in_line_ground": (
        "sont alignés au sol, tous ou tous sauf un",
        "lie on one line on the ground, all or all but one",
    ),
    "said_no_view": ("aucune caméra ne les verrait toutes au sol", "no camera sees all of them on the ground"),
    "said_below": ("attendu : des distances sous l’horizon", "expected distances below the horizon"),
    "said_lengths": (
        "laissent d’autres longueurs entre {low} et {high} m",
        "leave other lengths between {low} and {high} m",
    ),
    "said_more_distances": (
        "attendu : plus de distances, en travers de l’image et en profondeur, près et loin",
        "expected more distances, some across the picture and some along, near and far",
    ),
    # The ground of the map.
    "said_no_tiles": ("n’est pas une adresse de tuiles", "is no address of tiles"),
    "said_tiles": (
        "attendu : https://HÔTE/{z}/{x}/{y}.png ou un chemin de ce service",
        "expected https://HOST/{z}/{x}/{y}.png or a path of this service",
    ),
    "said_hosts": ("ne nomme pas un seul hôte", "names no single host"),
    "said_one_host": (
        "attendu : un seul hôte, sans mot de passe ni {s}",
        "expected one host, without a password or {s}",
    ),
    "said_lacks": ("il y manque {parts}", "lacks {parts}"),
    "said_tiles_such": (
        "attendu : une adresse comme https://HÔTE/{z}/{x}/{y}.png",
        "expected an address such as https://HOST/{z}/{x}/{y}.png",
    ),
    "said_whose_tiles": (
        "attendu : à qui sont les tuiles, comme © OpenStreetMap contributors",
        "expected whose tiles they are, such as © OpenStreetMap contributors",
    ),
    "said_ground_large": ("{file} dépasse {n} Mo", "{file} is larger than {n} MB"),
    "said_ground_simple": ("attendu : un fichier GeoJSON plus simple", "expected a simpler GeoJSON file"),
    "said_ground_unread": ("{file} ne peut pas être lu : {why}", "{file} cannot be read: {why}"),
    "said_ground_file": ("attendu : un fichier GeoJSON", "expected a GeoJSON file"),
    "said_ground_json": ("{file} n’est pas du JSON", "{file} is no JSON"),
    "said_ground_geojson": ("{file} n’est pas du GeoJSON", "{file} is no GeoJSON"),
    "said_ground_collection": ("attendu : une FeatureCollection, en WGS 84", "expected a FeatureCollection, in WGS 84"),
    # The picture to draw on.
    "said_still": ("{n} images sont là pour l’image de fond", "{n} pictures are there for a still"),
    "said_pipeline": (
        "aucun processus « parvis run » ne répond pour la caméra {camera}",
        "no process of `parvis run` answers for camera {camera}",
    ),
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
