"""The record of processing (GDPR article 30) and the public notice (article 13), in French; the notice in English too.

They state what this configuration makes Parvis do, no more. What only the controller can say is left open, marked, and
listed, so that nobody publishes a document with a hole in it unawares.
"""

from collections.abc import Iterator

from hypervisor.delivery.settings import DeliverySettings
from hypervisor.privacy.facts import Facts
from pipeline.config import CameraConfig

OPEN_FR = "**[à compléter]**"
OPEN_EN = "**[to be filled in]**"

_UNDELIVERED_D = DeliverySettings().kept_s / 86_400

FRENCH = {
    "person": "piétons",
    "bicycle": "vélos",
    "car": "voitures",
    "motorcycle": "deux-roues motorisés",
    "bus": "bus",
    "truck": "camions",
    "van": "camionnettes",
    "tram": "tramways",
    "pedestrian": "piétons",
    "cyclist": "cyclistes",
}


def record(facts: Facts, made_on: str) -> str:
    """Return the record of processing; `made_on` is a date."""
    who = facts.answerable
    lines = [
        f"# Registre des activités de traitement : {facts.name}",
        "",
        f"Article 30 du RGPD. Établi le {made_on} à partir de la configuration `{facts.site.site.id}` de Parvis.",
        f"Ce qui est marqué {OPEN_FR} ne peut être dit que par le responsable du traitement.",
        "",
        "| rubrique | contenu |",
        "|---|---|",
        f"| Responsable du traitement | {who.controller or OPEN_FR} |",
        f"| Contact | {who.contact or OPEN_FR} |",
        f"| Délégué à la protection des données | {who.officer or OPEN_FR} |",
        f"| Finalités | {_purposes_fr(facts)} |",
        "| Personnes concernées | personnes et usagers de la voie publique passant dans le champ des caméras |",
        f"| Catégories de données | {_categories_fr(facts)} |",
        "| Données sensibles, identification | aucune : ni visage, ni plaque, ni caractéristique physique, ni suivi "
        "d'une caméra à l'autre |",
        "| Destinataires | services de la ville disposant d'une clé, selon leurs droits ; données ouvertes : comptages "
        "d'au moins 5, sinon regroupés ou masqués |",
        f"| Transferts hors de l'Union | aucun par le logiciel ; hébergement : {OPEN_FR} |",
        f"| Délais d'effacement | {_ends_fr(facts)} |",
        "| Sécurité | images de personnes en mémoire vive seulement ; masques appliqués avant toute analyse ; accès par clé et droits "
        "minimaux ; journal chaîné des accès et modifications ; fichiers lisibles par leur seul propriétaire |",
        f"| Analyse d'impact | {_dpia_fr(facts)} |",
        "",
        "## Caméras",
        "",
        "| caméra | finalité | pas le plus fin | masques | base légale |",
        "|---|---|---|---|---|",
        *(_camera_fr(one) for one in facts.site.cameras),
        "",
        "## Droits des personnes",
        "",
        *_rights_fr(facts),
    ]
    return "\n".join(lines) + "\n"


def notice_fr(facts: Facts) -> str:
    """Return the public notice in French."""
    who = facts.answerable
    return "\n".join(
        [
            f"# Comptage par caméra : {facts.name}",
            "",
            f"{_strong(who.controller, OPEN_FR)} compte ici {_counted(facts)} par analyse d'image.",
            "",
            *_what_fr(facts),
            "",
            "Aucun visage n'est reconnu, aucune plaque n'est lue, personne n'est suivi d'une caméra à l'autre. L'image est "
            "analysée au plus près de la caméra, dans la mémoire de l'appareil, puis remplacée par la suivante.",
            "",
            f"**Combien de temps ?** {_ends_fr(facts)}.",
            "",
            f"**Vos droits** (accès, rectification, effacement, limitation, opposition) : {who.contact or OPEN_FR}. Les "
            "comptages ne permettent de retrouver personne ; il peut donc être impossible d'y répondre pour une personne "
            "donnée (article 11 du RGPD). Réclamation : CNIL, www.cnil.fr.",
            "",
        ]
    )


def notice_en(facts: Facts) -> str:
    """Return the public notice in English."""
    who = facts.answerable
    return "\n".join(
        [
            f"# Counting by camera: {facts.name}",
            "",
            f"{_strong(who.controller, OPEN_EN)} counts {', '.join(facts.classes) or 'nothing yet'} here by image analysis.",
            "",
            *_what_en(facts),
            "",
            "No face is recognised, no number plate is read, nobody is followed from one camera to another. A picture is "
            "looked at close to the camera, in the memory of the machine, and replaced by the next.",
            "",
            f"**For how long?** {_ends_en(facts)}.",
            "",
            f"**Your rights** (access, rectification, erasure, restriction, objection): {who.contact or OPEN_EN}. Nobody can "
            "be found in counts, so it may be impossible to answer for one person (article 11 GDPR). Complaints: CNIL, "
            "www.cnil.fr.",
            "",
        ]
    )


def _strong(name: str, left_open: str) -> str:
    return f"**{name}**" if name else left_open


def _counted(facts: Facts) -> str:
    return ", ".join(dict.fromkeys(FRENCH.get(name, name) for name in facts.classes)) or OPEN_FR


def _purposes_fr(facts: Facts) -> str:
    found = []
    if facts.statistics:
        found.append(f"statistiques de fréquentation, sans usage immédiat ({len(facts.statistics)} caméra(s))")
    if facts.operations:
        found.append(f"exploitation de la voie publique en temps réel ({len(facts.operations)} caméra(s))")
    if facts.watches_deposits:
        found.append("propreté : objets déposés au sol, sans recherche de leur auteur")
    return " ; ".join(found)


def _categories_fr(facts: Facts) -> str:
    found = ["images, en mémoire vive, le temps de leur analyse", "comptages par ligne, zone, classe et sens"]
    if facts.operations:
        found.append("passages isolés (heure, ligne, classe, sens), sans position ni numéro")
    if facts.tracks_days:
        found.append("trajectoires anonymisées, renumérotées au hasard chaque heure")
    if facts.pictures_days:
        found.append("images du sol, personnes retirées")
    return " ; ".join(found)


def _ends_fr(facts: Facts) -> str:
    kept = facts.site.retention
    found = [
        "images : jusqu'à la suivante",
        f"comptages : {f'à la minute {_n(kept.minutes_h)} h, ' if facts.operations else ''}au quart d'heure "
        f"{_n(kept.quarters_d)} jours, à l'heure {_n(facts.hours_days)} jours",
    ]
    if facts.operations:
        found.append(f"passages isolés : {_n(kept.events_h)} h")
        found.append(f"messages que leur destinataire n'a pas pu recevoir : {_n(_UNDELIVERED_D)} jours")
    if facts.tracks_days:
        found.append(f"trajectoires : {_n(facts.tracks_days)} jours")
    if facts.watches_deposits:
        found.append(f"dépôts (objets) : {_n(facts.deposits_days)} jours")
    if facts.pictures_days:
        found.append(f"images du sol : {_n(facts.pictures_days)} jours")
    return " ; ".join(found)


def _ends_en(facts: Facts) -> str:
    kept = facts.site.retention
    found = [
        "pictures: until the next one",
        f"counts: {f'of a minute {_n(kept.minutes_h)} h, ' if facts.operations else ''}of a quarter of an hour "
        f"{_n(kept.quarters_d)} days, of an hour {_n(facts.hours_days)} days",
    ]
    if facts.operations:
        found.append(f"single passages: {_n(kept.events_h)} h")
        found.append(f"messages that their receiver could not take: {_n(_UNDELIVERED_D)} days")
    if facts.tracks_days:
        found.append(f"anonymised tracks: {_n(facts.tracks_days)} days")
    if facts.watches_deposits:
        found.append(f"deposits (things): {_n(facts.deposits_days)} days")
    if facts.pictures_days:
        found.append(f"pictures of the ground: {_n(facts.pictures_days)} days")
    return "; ".join(found)


def _what_fr(facts: Facts) -> Iterator[str]:
    if facts.statistics:
        finest = min(one.min_step_s for one in facts.statistics) // 60
        yield f"- Statistiques : seuls des totaux de {finest} minutes au moins sortent de l'appareil. Aucune image n'en sort."
    if facts.operations:
        yield "- Exploitation : des passages isolés et des alertes sont transmis aux services, sans image de personne."
    if facts.pictures_days:
        yield "- Propreté : des images du sol, dont les personnes sont retirées, montrent les objets déposés."
    if facts.tracks_days:
        yield "- Des trajectoires anonymes sont conservées pour recompter le passé ; elles ne se suivent pas d'une heure à l'autre."


def _what_en(facts: Facts) -> Iterator[str]:
    if facts.statistics:
        finest = min(one.min_step_s for one in facts.statistics) // 60
        yield f"- Statistics: only totals of {finest} minutes at least leave the machine. No picture does."
    if facts.operations:
        yield "- Operations: single passages and alerts go to the services, without pictures of people."
    if facts.pictures_days:
        yield "- Cleanliness: pictures of the ground, people taken out, show things that were left."
    if facts.tracks_days:
        yield "- Anonymous tracks are kept to count the past again; they cannot be linked from one hour to the next."


def _dpia_fr(facts: Facts) -> str:
    named = dict.fromkeys(one.legal_basis.dpia_ref for one in facts.operations if one.legal_basis)
    return " ; ".join(named) or OPEN_FR


def _camera_fr(camera: CameraConfig) -> str:
    basis = camera.legal_basis.reference if camera.legal_basis else OPEN_FR
    step = f"{camera.min_step_s // 60} min" if camera.purpose == "statistics" else "1 min"
    purpose = "statistiques" if camera.purpose == "statistics" else "exploitation"
    return f"| {camera.name or camera.id} | {purpose} | {step} | {len(camera.masks)} | {basis} |"


def _rights_fr(facts: Facts) -> Iterator[str]:
    if facts.statistics:
        yield "- Statistiques : les totaux ne permettent d'identifier personne (article 11). Opposition : article 21(6)."
    if facts.operations:
        yield f"- Exploitation : le droit d'opposition ne peut être exercé en pratique dans la rue ; texte qui l'écarte : {OPEN_FR}"


def _n(number: float) -> str:
    return f"{number:g}"
