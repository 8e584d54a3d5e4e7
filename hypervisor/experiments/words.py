"""What an evaluation sheet says, in French and English; values are filled in by `str.format`."""

WORDS: dict[str, tuple[str, str]] = {
    "sheet": ("Fiche d’évaluation", "Evaluation sheet"),
    "context": ("Contexte", "Context"),
    "tried": ("Ce qui a été essayé", "What was tried"),
    "measured": ("Ce qui a été mesuré", "What was measured"),
    "result": ("Résultat en une phrase", "The result in one sentence"),
    "pictures": ("En images", "In pictures"),
    "limits": ("Limites", "Limits"),
    "lessons": ("Enseignements", "Lessons"),
    "next": ("Suite", "Next step"),
    "question": ("Question", "Question"),
    "hypothesis": ("Hypothèse", "Hypothesis"),
    "service": ("Service responsable", "Service in charge"),
    "treated": ("Lieux de l’essai", "Places of the trial"),
    "controls": ("Lieux témoins", "Control places"),
    "no_controls": (
        "aucun : les lieux de l’essai sont comparés à leur propre passé",
        "none: the places of the trial are compared with their own past",
    ),
    "baseline": ("Avant", "Before"),
    "trial": ("Essai", "Trial"),
    "from_to": (
        "du {first:%d/%m/%Y} au {last:%d/%m/%Y} ({days} jours)",
        "{first:%d/%m/%Y} to {last:%d/%m/%Y} ({days} days)",
    ),
    "indicator": ("Mesure", "Measure"),
    "smallest": ("Plus petit effet qui compte", "Smallest effect that matters"),
    "watched": ("Jours observés", "Days watched"),
    "watched_parts": (
        "{baseline:.0%} avant, {trial:.0%} pendant l’essai",
        "{baseline:.0%} before, {trial:.0%} during the trial",
    ),
    "sealed": ("Protocole scellé", "Protocol sealed"),
    "effect": (
        "Un effet est établi : {value}, l’intervalle à 95 % va de {low} à {high}.",
        "An effect is established: {value}, with a 95 % interval from {low} to {high}.",
    ),
    "no-effect-found": (
        "Aucun effet qui compte n’a été trouvé : {value}, et l’intervalle à 95 % ({low} à {high}) exclut ±{smallest}.",
        "No effect that matters was found: {value}, and the 95 % interval ({low} to {high}) leaves out ±{smallest}.",
    ),
    "not-conclusive": (
        "L’essai ne permet pas de conclure : {value}, mais l’intervalle à 95 % va de {low} à {high}.",
        "The trial is not conclusive: {value}, but the 95 % interval goes from {low} to {high}.",
    ),
    "picture_days": (
        "Lieux de l’essai par rapport aux témoins, jour par jour ; fond bleu : essai ; sans point : jour non observé.",
        "Places of the trial against controls, day by day; blue: the trial; no point: a day that was not watched.",
    ),
    "picture_estimates": (
        "L’effet, puis les mêmes calculs où rien n’a changé, ou faits autrement ; bande : effets trop petits.",
        "The effect, then the same reckoning where nothing was changed, or otherwise; band: effects too small.",
    ),
    "main": ("Effet de l’essai", "Effect of the trial"),
    "placebo-date": ("Faux début le {about}", "Pretended start on {about}"),
    "placebo-place": ("Faux lieu : {about}", "Pretended place: {about}"),
    "without-weather": ("Sans la météo", "Without weather"),
    "without-control": ("Sans le témoin {about}", "Without the control {about}"),
    "with-trend": ("Avec une tendance", "With a trend"),
    "limit_late": (
        "Le protocole a été scellé le {sealed:%d/%m/%Y}, après le début de l’essai : c’est un regard en arrière.",
        "The protocol was sealed on {sealed:%d/%m/%Y}, after the trial began: this is a look back.",
    ),
    "limit_memory": (
        "Les jours se ressemblent (mémoire {memory:.0%}) ; l’intervalle en tient compte et s’en trouve élargi.",
        "Days resemble each other (memory {memory:.0%}); the interval allows for it and is wider.",
    ),
    "limit_controls": (
        "Sans lieu témoin, un changement venu d’ailleurs au même moment se confondrait avec l’essai.",
        "Without a control, a change from elsewhere at the same moment would look like the trial.",
    ),
    "limit_suspicion": (
        "Le témoin {about} a changé au début de l’essai : l’essai a pu l’atteindre, et l’effet est alors mal mesuré.",
        "The control {about} changed when the trial began: the trial may have reached it, and then the effect is off.",
    ),
    "limit_placebo": (
        "{clear} faux essais sur {n} montrent un « effet » : la méthode est ici moins sûre qu’elle ne devrait.",
        "{clear} of {n} pretended trials show an “effect”: here the method is less safe than it should be.",
    ),
    "limit_placebo_fine": (
        "{clear} faux essai(s) sur {n} montre(nt) un « effet », ce qui est attendu par hasard.",
        "{clear} of {n} pretended trials show an “effect”, which chance explains.",
    ),
    "limit_cameras": (
        "Les caméras comptent des passages, non des personnes ; qui passe deux fois compte deux fois.",
        "Cameras count passages, not people; who passes twice counts twice.",
    ),
    "replicability": ("Réplicabilité", "Replicability"),
    "not_judged": ("pas encore jugé", "not judged yet"),
    "index": (
        "Indice de réplicabilité : entre {low} et {high} sur 100 ; ce qui n’est pas jugé élargit l’intervalle.",
        "Replicability index: between {low} and {high} of 100; what is not judged widens the interval.",
    ),
    "none_noted": ("Rien n’a été noté.", "Nothing was noted."),
    "made": (
        "Fiche faite par Parvis le {at:%d/%m/%Y}. Tirages fixés : les mêmes données donnent la même fiche.",
        "Sheet made by Parvis on {at:%d/%m/%Y}. Draws are fixed: the same data give the same sheet.",
    ),
}
"""Name → French, English."""
