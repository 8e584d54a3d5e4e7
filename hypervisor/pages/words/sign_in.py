"""What the sign-in page says."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "sign_in_title": ("Parvis : connexion", "Parvis: sign in"),
    "sign_in": ("Se connecter", "Sign in"),
    "sign_in_name": ("Identifiant", "Name"),
    "sign_in_password": ("Mot de passe", "Password"),
    "sign_in_wrong": (
        "Identifiant ou mot de passe incorrect. Après cinq erreurs, le compte est bloqué 15 minutes.",
        "Name or password are wrong. After five wrong passwords the name is locked for 15 minutes.",
    ),
    "sign_in_stale": (
        "Le formulaire était trop ancien. Veuillez réessayer.",
        "The form was too old. Please try again.",
    ),
    "sign_in_often": (
        "Trop de tentatives depuis votre adresse. Veuillez attendre une minute.",
        "Too many attempts from your address. Please wait a minute.",
    ),
    "sign_in_away": (
        "Le service ne peut pas vérifier les mots de passe pour l’instant. Veuillez réessayer.",
        "The service cannot check passwords at the moment. Please try again.",
    ),
    "sign_in_unknown": (
        "La ville vous connaît, mais vous n’êtes pas membre ici. Voyez avec qui gère Parvis.",
        "The city knows you, but you are not a member here. Ask whoever runs Parvis.",
    ),
    "sign_in_failed": (
        "La connexion de la ville n’a pas répondu comme prévu. Veuillez réessayer.",
        "The city’s sign-in did not answer as expected. Please try again.",
    ),
    "sign_in_help": (
        "Pas de compte, ou mot de passe oublié ? La personne qui gère Parvis en crée de nouveaux.",
        "No account, or the password forgotten? Whoever runs Parvis makes accounts and new passwords.",
    ),
    "sign_in_provider": ("Se connecter avec le compte de la ville", "Sign in with the city’s account"),
    "sign_in_go_on": ("Continuer", "Go on"),
}
