"""A digest as people read it: one line an event, in their language, oldest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from hypervisor.alerts.causes import in_words, told
from pipeline.observation import ShedWhy

Language = Literal["fr", "en"]

KINDS: Mapping[str, tuple[str, str]] = {
    "crossing": ("Passage", "Crossing"),
    "dwell": ("Séjour", "Stay"),
    "deposit": ("Dépôt", "Deposit"),
    "deposit.watch": ("Surveillance des dépôts", "Watch for deposits"),
    "bucket.sealed": ("Comptage", "Count"),
    "camera.state": ("État de la caméra", "Camera state"),
    "camera.condition": ("Image de la caméra", "Camera picture"),
    "camera.load": ("Charge de la caméra", "Camera load"),
    "alert.opened": ("Alerte ouverte", "Alert opened"),
    "alert.updated": ("Alerte mise à jour", "Alert updated"),
    "alert.closed": ("Alerte close", "Alert closed"),
    "case.opened": ("Dossier ouvert", "Case opened"),
    "case.updated": ("Dossier mis à jour", "Case updated"),
    "case.acknowledged": ("Dossier pris en compte", "Case acknowledged"),
    "case.assigned": ("Dossier attribué", "Case assigned"),
    "case.commented": ("Dossier commenté", "Case commented"),
    "case.shared": ("Dossier partagé", "Case shared"),
    "case.handed_over": ("Dossier transmis", "Case handed over"),
    "case.resolved": ("Dossier résolu", "Case resolved"),
    "case.reopened": ("Dossier rouvert", "Case reopened"),
    "sensor.value": ("Mesure", "Measurement"),
    "indicator.reckoned": ("Indicateurs calculés", "Indicators reckoned"),
    "subscription.disabled": ("Abonnement désactivé", "Subscription disabled"),
    "subscription.test": ("Essai", "Test"),
}
"""Kind → what people call it, in French and in English."""

TOLD_WHY = ("camera.state", "camera.load")
"""Kinds of observations whose detail says why."""

WORDS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "subject": "Parvis, {name} : {n} événement{s}",
        "head": "{n} événement{s} du {first} au {last}",
        "columns": "Heure|Événement|Objet|Détail",
        "foot": "Ce courriel vient de l’abonnement « {name} » du service {service}.",
    },
    "en": {
        "subject": "Parvis, {name}: {n} event{s}",
        "head": "{n} event{s} from {first} to {last}",
        "columns": "Time|Event|About|Detail",
        "foot": "This mail comes from the subscription “{name}” of the service {service}.",
    },
}


class Digest(NamedTuple):
    """A mail without its addresses."""

    subject: str
    text: str
    html: str


class Head(NamedTuple):
    """Whose digest it is."""

    name: str
    service: str
    language: Language
    timezone: str


def digest(head: Head, events: Sequence[Mapping[str, Any]]) -> Digest:
    """Return the mail that tells of events (CloudEvents)."""
    words, zone = WORDS[head.language], ZoneInfo(head.timezone)
    moments = [datetime.fromisoformat(one["time"]).astimezone(zone) for one in events]
    members = {
        "n": str(len(events)),
        "s": "s" if len(events) > 1 else "",
        "name": head.name,
        "service": head.service,
        "first": _shown(min(moments)),
        "last": _shown(max(moments)),
    }
    columns = words["columns"].split("|")
    rows = [
        (_shown(at), _kind(one, head.language), str(one["subject"]), _detail(one["data"], head.language))
        for at, one in zip(moments, events, strict=True)
    ]
    above, below = words["head"].format(**members), words["foot"].format(**members)
    return Digest(
        " ".join(words["subject"].format(**members).split()),  # a name may hold a line break: no header does
        "\n".join([above, "", *_text_table(columns, rows), "", below, ""]),
        _html(above, columns, rows, below),
    )


def _shown(at: datetime) -> str:
    return at.strftime("%d/%m/%Y %H:%M")


def _kind(event: Mapping[str, Any], language: Language) -> str:
    kind = str(event["type"]).removeprefix("parvis.")
    return KINDS.get(kind, (kind, kind))[0 if language == "fr" else 1]


def _detail(data: Mapping[str, Any], language: Language) -> str:
    """Return what an event says of itself, or else its figures."""
    for holder in (data, data.get("alert"), data.get("case")):
        text = holder.get("text") or holder.get("title") if isinstance(holder, Mapping) else None
        if isinstance(text, Mapping) and text.get(language):
            return str(text[language])
    parts = [str(data[name]) for name in ("severity", "reason", "class") if data.get(name)]
    parts += _why(data.get("detail"), language) if data.get("kind") in TOLD_WHY else []
    if isinstance(data.get("value"), int | float):
        parts.append(f"{data['value']:g} {data.get('unit', '')}".strip())
    return ", ".join(parts)


def _why(detail: Any, language: Language) -> list[str]:
    """Return why a camera is reduced, or in another state, as what was observed tells it."""
    if not isinstance(detail, Mapping):
        return []
    given = {one: detail[one] for one in ShedWhy.model_fields if one in detail}
    if len(given) == len(ShedWhy.model_fields):
        return [getattr(in_words(ShedWhy.model_validate(given)), language)]
    reason = detail.get("reason") or detail.get("error")
    return [getattr(told(reason), language)] if isinstance(reason, str) else []


def _text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in (columns, *rows)) for n in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (columns, *rows)]
    return [lines[0].rstrip(), "  ".join("-" * width for width in widths), *(line.rstrip() for line in lines[1:])]


def _html(above: str, columns: Sequence[str], rows: Sequence[Sequence[str]], below: str) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<!doctype html><p>{escape(above)}</p><table border=1 cellpadding=4 cellspacing=0>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p><small>{escape(below)}</small></p>"
    )
