"""What is said when a page cannot be shown."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "not_allowed": ("Cette page n’est pas pour votre compte", "This page is not for your account"),
    "not_allowed_help": (
        "Votre compte n’a pas le droit nécessaire. Si votre travail le demande, adressez-vous à l’administration.",
        "Your account does not have the right it takes. If your work needs it, ask an administrator.",
    ),
    "not_found": ("Cette page n’existe pas", "There is no such page"),
    "not_found_help": (
        "L’adresse est peut-être mal recopiée, ou ce qu’elle montrait a été supprimé.",
        "The address may be mistyped, or what it showed was removed.",
    ),
    "away": ("Le service ne répond pas en ce moment", "The service does not answer right now"),
    "away_help": (
        "La base des chiffres est injoignable. Les caméras gardent leurs comptages et les transmettent dès son retour.",
        "The store of figures cannot be reached. Cameras keep their counts and hand them on when it is back.",
    ),
    "too_often": ("Trop de demandes à la fois", "Too many requests at once"),
    "too_often_help": ("Attendez un instant, puis réessayez.", "Wait a moment, then try again."),
    "broken": ("Quelque chose s’est mal passé ici", "Something went wrong here"),
    "broken_help": (
        "C’est une erreur de Parvis, pas la vôtre. Le journal du service en garde la cause.",
        "This is a fault of Parvis, not yours. The service’s log has the reason.",
    ),
    "refused": ("Cette demande ne peut pas être traitée", "This request cannot be handled"),
    "refused_help": ("La raison est indiquée ci-dessous.", "The reason is given below."),
    "problem_home": ("Vue d’ensemble", "Overview"),
}
