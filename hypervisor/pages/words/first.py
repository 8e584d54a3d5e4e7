"""What the page of the first member says."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "first_title": ("Parvis : premier compte", "Parvis: first account"),
    "first_heading": ("Bienvenue", "Welcome"),
    "first_intro": (
        "Personne ne peut encore se connecter. Créez le premier compte : il pourra tout faire, même créer les autres.",
        "Nobody can sign in yet. Make the first account: it may do everything, and make the others.",
    ),
    "first_code": ("Code à usage unique", "One-time code"),
    "first_code_help": (
        "Affiché là où Parvis a été démarré, par exemple K7QF-9M2X.",
        "Shown where Parvis was started, such as K7QF-9M2X.",
    ),
    "first_name": ("Identifiant", "Name to sign in with"),
    "first_name_help": (
        "Lettres sans accent, chiffres, - et _, par exemple anne.",
        "Letters without accents, digits, - and _, such as anne.",
    ),
    "first_service": ("Votre service", "Your service"),
    "first_service_help": ("Par exemple Mobilité. Peut rester vide.", "Such as Mobility. May stay empty."),
    "first_password": ("Mot de passe", "Password"),
    "first_password_help": ("12 caractères au moins.", "12 characters at least."),
    "first_make": ("Créer le compte", "Make the account"),
    "first_wrong": (
        "Ce code n’est pas le bon. Relisez-le là où Parvis a été démarré.",
        "That is not the code. Read it again where Parvis was started.",
    ),
    "first_over": (
        "Le code n’est plus valable. Redémarrez Parvis pour en obtenir un autre, ou connectez-vous.",
        "The code is no longer valid. Start Parvis again for another one, or sign in.",
    ),
    "first_name_wrong": (
        "Cet identifiant ne convient pas : lettres sans accent, chiffres, - et _.",
        "That name cannot be used: letters without accents, digits, - and _.",
    ),
    "first_password_short": (
        "Le mot de passe doit avoir au moins 12 caractères.",
        "The password needs 12 characters at least.",
    ),
}
