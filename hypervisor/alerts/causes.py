"""Why a camera does not do what it is there for, in French and in English.

A pipeline tells some of it as a code with figures (`ShedWhy`), and the rest in English, in clauses that end with what
the operating system or a driver says. Clauses that have a row here are said in French too; others stay as they came.
"""

import re
from collections.abc import Iterator

from hypervisor.strict import Bilingual
from hypervisor.wire import Camera
from pipeline.observation import ShedWhy

CLAUSES: tuple[tuple[str, str], ...] = (
    ("pas d’image depuis {s} s", "no frame for {s} s"),
    ("le processus qui la lisait s’est arrêté", "its reader died"),
    ("aucun signe de vie de son processus depuis {s} s", "no sign of life from its worker for {s} s"),
    ("aucun signe de vie de son processus", "no sign of life from its worker"),
    ("ne peut pas être ouvert", "cannot be opened"),
    ("ne peut pas être ouvert ({why})", "cannot be opened ({why})"),
    ("ne peut plus être lu ({why})", "cannot be read any more ({why})"),
    ("ne peut pas être lu ({why})", "cannot be read ({why})"),
    ("n’est pas une vidéo lisible ({why})", "is no video that can be read ({why})"),
    ("fichier introuvable", "no such file"),
    ("n’est pas un fichier", "is no file"),
    ("est vide (0 octet)", "is empty (0 bytes)"),
    ("cet ONNX Runtime est fait pour {kinds} seulement", "this ONNX Runtime was built for {kinds} only"),
    ("FFmpeg est fait sans", "FFmpeg was built without it"),
)
"""(French, English): the English is what the pipeline writes, with names for what it fills in."""


def of_shedding(camera: Camera) -> Bilingual:
    """Return why a camera is reduced; an older pipeline says it in English only."""
    if camera.shed_why is None:
        return told(camera.shed_reason or f"{camera.shed}")
    return in_words(camera.shed_why)


def in_words(why: ShedWhy) -> Bilingual:
    """Return a reason for a camera's being reduced, in both languages."""
    missed, cpu = f"{100 * why.missed:.0f}", f"{100 * why.cpu:.0f}"
    cores = f"{why.cores:g}".replace(".", ",")
    window = f"{why.window_s:g}".replace(".", ",")
    return Bilingual(
        fr=f"{missed} % des analyses de {window} s manquées, processeur à {cpu} % de {cores} cœur", en=why.text
    )


def told(text: str) -> Bilingual:
    """Return what a pipeline told in English, as far as there is French for it."""
    return Bilingual(fr=" ; ".join(_french(one) for one in text.split("; ")) if text else "", en=text)


def _french(clause: str) -> str:
    """Return a clause in French; before it may stand what it is about (`cuda: …`, a path), which is no language."""
    for at in _begins(clause):
        for pattern, french in _ROWS:
            found = pattern.fullmatch(clause, at)
            if found:
                about = clause[:at].removesuffix(": ")
                said = french.format(**found.groupdict())
                return f"{about} : {said}" if about else said
    return clause


def _begins(clause: str) -> Iterator[int]:
    yield 0
    yield from (found.end() for found in re.finditer(": ", clause))


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", english)
    return re.compile("".join(f"(?P<{one}>.+)" if n % 2 else re.escape(one) for n, one in enumerate(parts)))


_ROWS = tuple((_pattern(english), french) for french, english in CLAUSES)
