"""What the pages of decisions say of trials, of how far others could repeat them, and of days and sensors around."""

from hypervisor.pages.words import Words

WORDS: Words = {
    # cross
    "holidays": ("Mettre à part les jours fériés et les vacances", "Tell holidays apart"),
    "holidays_apart": (
        "{n} jour(s) férié(s) ou de vacances, mis à part : ils ne ressemblent pas à leur jour de la semaine.",
        "{n} day(s) off, told apart: they are unlike their weekday.",
    ),
    "near_first": ("Capteurs proches, à croiser avec la première série :", "Sensors near the first series:"),
    "far_unknown": ("distance inconnue", "distance not known"),
    "far_here": ("sur place", "on the spot"),
    "far_m": ("à {n} m", "{n} m away"),
    "far_km": ("à {n} km", "{n} km away"),
    # experiments
    "edit": ("Modifier", "Change"),
    "change_draft": ("Modifier le protocole", "Change the protocol"),
    "field_smallest_unit": (
        "Plus petit effet qui compte (dans l’unité mesurée)",
        "Smallest effect that matters (in the unit that is measured)",
    ),
    "field_weather": ("Météo à prendre en compte", "Weather to allow for"),
    "weather_none": ("aucune", "none"),
    "protocol_bounds": (
        "L’avant dure 14 jours au moins ; l’essai 7 au moins, après l’avant : chaque jour de la semaine une fois.",
        "The time before lasts 14 days at least, the trial 7 at least, after it: each weekday once.",
    ),
    "days_off": (
        "{n} jour(s) férié(s) ou de vacances pris en compte : {days}",
        "{n} day(s) off are allowed for: {days}",
    ),
    "suspicion": (
        "Le témoin {about} a changé au début de l’essai : l’essai a pu l’atteindre, et l’effet est alors mal mesuré.",
        "The control {about} changed when the trial began: the trial may have reached it, and then the effect is off.",
    ),
    "sealed_late": (
        "Protocole scellé le {day}, après le début de l’essai ({first}) : c’est un regard en arrière.",
        "The protocol was sealed on {day}, after the trial began ({first}): this is a look back.",
    ),
    "history_of": ("Ce qui s’est passé", "What happened"),
    "seal": ("Sceau du protocole : {seal}…", "Seal of the protocol: {seal}…"),
    "did_created": ("protocole écrit", "protocol written"),
    "did_changed": ("protocole modifié", "protocol changed"),
    "did_started": ("démarrée, protocole scellé", "started, protocol sealed"),
    "did_evaluated": ("évaluée", "evaluated"),
    "did_noted": ("notes écrites", "notes written"),
    "did_scored": ("réplicabilité jugée", "replicability judged"),
    "did_abandoned": ("abandonnée", "abandoned"),
    "changed_fields": ("ce qui a changé : {names}", "changed: {names}"),
    "short_title": ("titre", "title"),
    "short_question": ("question", "question"),
    "short_hypothesis": ("hypothèse", "hypothesis"),
    "short_tried": ("ce qui est fait", "what is done"),
    "short_service": ("service", "service"),
    "short_treated": ("lieux de l’essai", "places of the trial"),
    "short_controls": ("témoins", "controls"),
    "short_baseline": ("période avant", "time before"),
    "short_trial": ("période d’essai", "time of the trial"),
    "short_weather": ("météo", "weather"),
    "short_holidays": ("jours fériés et vacances", "days off"),
    "replicability": ("Réplicabilité", "Replicability"),
    "replicability_lead": (
        "D’autres lieux pourraient-ils le faire ? Par critère, de 0 (rien ne le montre) à {top} (tout le montre), "
        "et ce qui le montre. Un critère non jugé élargit l’intervalle.",
        "Could other places do it too? For each criterion from 0 (nothing shows it) to {top} (all of it is shown), and "
        "what shows it. What is not judged widens the interval.",
    ),
    "criterion": ("{name} (poids {part})", "{name} (weight {part})"),
    "score_low": ("Au moins", "At least"),
    "score_high": ("Au plus", "At most"),
    "score_evidence": ("Ce qui le montre", "What shows it"),
    "score_link": ("Lien (facultatif)", "Link (optional)"),
    "not_judged": ("pas encore jugé", "not judged yet"),
    "of_top": ("{n} sur {top}", "{n} of {top}"),
    "index": (
        "Indice de réplicabilité : entre {low} et {high} sur 100",
        "Replicability index: between {low} and {high} of 100",
    ),
    "index_missing": ("Pas encore jugé : {names}", "Not judged yet: {names}"),
}
