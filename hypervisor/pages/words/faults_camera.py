"""What is found wrong with a camera, its calibration and the map (see `faults`)."""

from hypervisor.pages.words import Words

WORDS: Words = {
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
}
