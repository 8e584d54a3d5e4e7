"""What the form of a camera says."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "form_new": ("Ajouter une caméra", "Add a camera"),
    "form_settings": ("Réglages de {camera}", "Settings of {camera}"),
    "form_draw": ("Dessiner lignes et zones", "Draw lines and zones"),
    "form_source_heading": ("D’où viennent les images ?", "Where do the pictures come from?"),
    "form_source": ("Source", "Source"),
    "form_source_help": (
        "Adresse rtsp:// ou http://, fichier vidéo ou dossier sur la machine de Parvis. Un mot de passe s’affiche "
        "ensuite *** ; ${NOM} est lu dans l’environnement.",
        "An rtsp:// or http:// address, or a video file or folder on the machine of Parvis. A password reads *** "
        "afterwards; ${NAME} is read from the environment.",
    ),
    "form_test": ("Essayer la source", "Test the source"),
    "form_testing": ("Essai en cours : jusqu’à 25 secondes…", "Testing: up to 25 seconds…"),
    "form_test_ok": ("La source donne des images.", "The source gives pictures."),
    "form_test_bad": ("Pas d’image : {why}", "No picture: {why}"),
    "form_test_hidden": (
        "Pour l’essayer, retapez le mot de passe à la place de ***.",
        "To test it, type the password again in place of ***.",
    ),
    "form_test_empty": ("Indiquez d’abord une source.", "Name a source first."),
    "form_picture": ("Première image, floutée", "First picture, blurred"),
    "form_kind": ("Nature", "Kind"),
    "form_live": ("en direct", "live"),
    "form_recording": ("enregistrement", "recording"),
    "form_codec": ("Codec", "Codec"),
    "form_size": ("Taille", "Size"),
    "form_rate": ("Cadence", "Rate"),
    "form_length": ("Durée", "Length"),
    "form_seconds": ("{n} s", "{n} s"),
    "form_wait": ("Première image après", "First picture after"),
    "form_loop": ("Recommencer l’enregistrement à la fin", "Begin the recording again at its end"),
    "form_name_heading": ("Comment s’appelle-t-elle ?", "What is it called?"),
    "form_name": ("Nom", "Name"),
    "form_name_help": ("Par exemple Parvis nord.", "Such as North square."),
    "form_id": ("Identifiant", "Identifier"),
    "form_id_help": (
        "Ne change plus : les chiffres sont rangés sous ce nom.",
        "It does not change any more: figures are kept under it.",
    ),
    "form_place": ("Lieu : latitude, longitude", "Place: latitude, longitude"),
    "form_place_help": ("Par exemple 48.8411, 2.5500. Facultatif.", "Such as 48.8411, 2.5500. May stay empty."),
    "form_place_wrong": (
        "Latitude et longitude attendues, par exemple 48.8411, 2.5500.",
        "Expected latitude and longitude, such as 48.8411, 2.5500.",
    ),
    "form_purpose": ("À quoi sert-elle ?", "What is it for?"),
    "form_statistics": ("Statistiques", "Statistics"),
    "form_statistics_help": (
        "Aucune image ne quitte la mémoire ; les personnes n’apparaissent que dans des totaux d’au moins {minutes} "
        "minutes.",
        "No picture leaves the memory; people appear only in totals of {minutes} minutes at least.",
    ),
    "form_operations": ("Exploitation", "Operations"),
    "form_operations_help": (
        "Chiffres en direct, images floutées, alertes immédiates. Une base légale est requise.",
        "Live figures, blurred pictures, alerts at once. A legal basis is required.",
    ),
    "form_basis": ("Base légale", "Legal basis"),
    "form_reference": ("Décision ou texte qui l’autorise", "Decision or text that allows it"),
    "form_controller": ("Responsable du traitement", "Data controller"),
    "form_dpia": ("Analyse d’impact (AIPD)", "Impact assessment (DPIA)"),
    "form_more": ("Réglages avancés", "More settings"),
    "form_fps": ("Détections par seconde", "Detections per second"),
    "form_fps_help": (
        "Vide : comme le site. Un nombre, auto ou adaptive.",
        "Empty: as the site. A number, auto or adaptive.",
    ),
    "form_tracks": ("Garder les trajets anonymes, jours", "Keep anonymous tracks, days"),
    "form_tracks_help": (
        "Pour recompter avec d’autres lignes. Exploitation seulement ; vide : {n}.",
        "To count again with other lines. Operations only; empty: {n}.",
    ),
    "form_evidence": ("Garder les images de dépôts, jours", "Keep pictures of deposits, days"),
    "form_evidence_help": (
        "Sans personne, exploitation seulement ; vide : {n}.",
        "Without people, operations only; empty: {n}.",
    ),
    "form_wrong": ("Ceci n’est pas encore juste :", "This is not right yet:"),
    "form_read_again": ("Relire", "Read it again"),
    "form_delete": ("Supprimer la caméra", "Delete the camera"),
    "form_delete_sure": (
        "Supprimer {camera} ? Elle n’est plus observée ; ses chiffres restent jusqu’à leur terme, et la version "
        "d’avant peut être rétablie.",
        "Delete {camera}? It is watched no longer; its figures stay until their time is over, and the version before "
        "can be restored.",
    ),
    "form_no_file": (
        "Ce service n’a pas de fichier de configuration : démarrez-le avec parvis up, ou parvis serve --config.",
        "This service has no configuration file: start it with parvis up, or parvis serve --config.",
    ),
}
