"""Rights in the words of people: one for each scope (`hypervisor.access.principal.SCOPES`), `:` written as `_`."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "scope_flows_read": ("voir caméras et comptages", "see cameras and counts"),
    "scope_evidence_read": ("voir des images", "see pictures"),
    "scope_alerts_read": ("voir alertes et règles", "see alerts and rules"),
    "scope_rules_write": ("modifier les règles", "change rules"),
    "scope_cases_read": ("voir les dossiers du service", "see the service’s cases"),
    "scope_cases_write": ("traiter les dossiers", "handle cases"),
    "scope_places_write": ("modifier les lieux", "change places"),
    "scope_subscriptions_read": ("voir les abonnements", "see subscriptions"),
    "scope_subscriptions_write": ("modifier les abonnements", "change subscriptions"),
    "scope_sensors_read": ("voir les capteurs", "see sensors"),
    "scope_sensors_write": ("gérer les capteurs", "manage sensors"),
    "scope_decisions_write": ("décider : essais et recommandations", "decide: trials and recommendations"),
    "scope_exports_read": ("exporter les données ouvertes", "export open data"),
    "scope_config_write": ("configurer les caméras", "set up cameras"),
    "scope_metrics_read": ("lire les métriques techniques", "read technical metrics"),
    "scope_audit_read": ("lire le journal du service", "read the service’s audit log"),
    "scope_admin": ("tout administrer, pour tous les services", "administer everything, for all services"),
}
