"""What one's own page says."""

from hypervisor.pages.words import Words, scopes

WORDS: Words = {
    **scopes.WORDS,
    "account": ("Mon compte", "My account"),
    "account_id": ("Identifiant :", "Sign-in name:"),
    "account_service": ("Service :", "Service:"),
    "password_own": ("Mot de passe", "Password"),
    "password_old": ("Mot de passe actuel", "Current password"),
    "password_new": ("Nouveau mot de passe", "New password"),
    "password_again": ("Nouveau mot de passe, encore une fois", "New password, once more"),
    "password_help": (
        "12 caractères au moins. Une phrase longue vaut mieux que des signes compliqués.",
        "12 characters at least. A long sentence is better than complicated signs.",
    ),
    "password_change": ("Changer le mot de passe", "Change password"),
    "password_differ": ("Les deux nouveaux mots de passe diffèrent.", "The two new passwords differ."),
    "password_wrong": (
        "Le mot de passe actuel est faux, ou il y a eu trop d’essais : attendez 15 minutes.",
        "The current password is wrong, or there were too many tries: wait 15 minutes.",
    ),
    "password_changed": (
        "Mot de passe changé. Vos autres sessions sont fermées.",
        "Password changed. Your other sessions have ended.",
    ),
    "password_elsewhere": (
        "Vous vous connectez auprès de la ville : votre mot de passe se change là-bas.",
        "You sign in at the city’s provider: your password is changed there.",
    ),
}
