"""What recommendations say beside the catalogue, in French and English."""

from hypervisor.strict import Bilingual

SILENT: dict[str, Bilingual] = {
    "coverage": Bilingual(
        fr="trop peu observé : il faut 7 jours sur 10, et 28 jours ou 8 dimanches au moins",
        en="too little was watched: 7 days in 10 are needed, and 28 days or 8 Sundays at least",
    ),
    "constant": Bilingual(
        fr="la série ne varie pas : on ne peut rien en apprendre",
        en="the series never varies: nothing to learn from it",
    ),
    "around": Bilingual(
        fr="aucun capteur assez proche dont la position soit connue : renseigner `location` de la caméra et du capteur",
        en="no sensor of known position is near enough: fill in `location` of the camera and of the sensor",
    ),
}
"""Why nothing was said of a place."""

NUMBERS: dict[str, Bilingual] = {
    "a_day": Bilingual(fr="{v} par jour", en="{v} a day"),
    "an_hour": Bilingual(fr="{v} par heure", en="{v} an hour"),
    "arrival_h": Bilingual(fr="à partir de {v} h", en="from {v}:00 on"),
    "cars": Bilingual(fr="{v} véhicules par heure", en="{v} vehicles an hour"),
    "db": Bilingual(fr="{v} dB(A)", en="{v} dB(A)"),
    "density": Bilingual(fr="{v} personne(s)/m²", en="{v} people/m²"),
    "error": Bilingual(fr="marge de {p} %", en="margin of {p} %"),
    "gone_d": Bilingual(fr="{v} jours sans image", en="{v} days without pictures"),
    "limit_kmh": Bilingual(fr="{v} km/h", en="{v} km/h"),
    "mm": Bilingual(fr="{v} mm de pluie par heure", en="{v} mm of rain an hour"),
    "no2": Bilingual(fr="{v} µg/m³", en="{v} µg/m³"),
    "often": Bilingual(fr="{p} % des jours", en="{p} % of days"),
    "percent": Bilingual(fr="{v} %", en="{v} %"),
    "promised_h": Bilingual(fr="{v} h", en="{v} h"),
    "pv2": Bilingual(fr="{e} × 10⁸", en="{e} × 10⁸"),
    "share": Bilingual(fr="{p} %", en="{p} %"),
    "times": Bilingual(fr="{v} fois", en="{v} times"),
    "wait_s": Bilingual(fr="{v} s", en="{v} s"),
    "width_h": Bilingual(fr="plage de {v} h", en="a span of {v} h"),
}
"""How a bound is read: `v` as it is written, `p` of a hundred, `e` of 10⁸."""

BOUND = Bilingual(fr="Seuils retenus : {listed}.", en="Bounds used: {listed}.")
BY_CITY = Bilingual(fr="{bound} (fixé par la ville : {source})", en="{bound} (set by the city: {source})")

UNKNOWN = Bilingual(
    fr="inconnu : personne ne l’a encore mesuré ici ; acceptée, elle devient une expérimentation",
    en="unknown: nobody has measured it here yet; once accepted, it becomes an experiment",
)
PAST_EXPERIMENTS = Bilingual(
    fr="d’après {n} expérimentation(s) de ce genre ici", en="after {n} experiment(s) of this kind here"
)
PLACE = {
    "subject": Bilingual(fr="{camera}, {subject}", en="{camera}, {subject}"),
    "camera": Bilingual(fr="{camera}", en="{camera}"),
    "sensor": Bilingual(fr="Capteur {sensor}", en="Sensor {sensor}"),
}
PICTURE = Bilingual(
    fr=(
        "À gauche, un point par jour observé ; gris : jours non jugés ; tirets rouges : le seuil. "
        "À droite, un jour ordinaire heure par heure ; foncé : les heures dont il s’agit."
    ),
    en=(
        "Left: a point for each day that was watched; grey: days that were not judged; red dashes: the bound. "
        "Right: an ordinary day hour by hour; dark: the hours that it is about."
    ),
)

DRAFT = {
    "question": Bilingual(
        fr="Est-ce que « {title} » change quelque chose à cet endroit ?", en="Does “{title}” help here?"
    ),
    "hypothesis": Bilingual(
        fr="La série {measure} change d’au moins {smallest} {way}.",
        en="The series {measure} changes by {smallest} at least {way}.",
    ),
    "more": Bilingual(fr="vers le haut", en="upwards"),
    "less": Bilingual(fr="vers le bas", en="downwards"),
    "either": Bilingual(fr="dans un sens ou l’autre", en="either way"),
}
NO_TRIAL = Bilingual(
    fr="aucune série ne mesure l’effet : la part du temps observée le dira",
    en="no series measures the effect: the share of time watched will say",
)
