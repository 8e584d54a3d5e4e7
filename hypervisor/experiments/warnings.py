"""What would weaken a verdict, as far as a protocol shows it: said while it can still be changed."""

from collections.abc import Iterator
from datetime import date

from hypervisor.experiments.protocol import Protocol
from hypervisor.strict import Bilingual


def of(protocol: Protocol, today: date) -> Iterator[Bilingual]:
    """Yield the warnings of a protocol; `today` is the site's local day."""
    treated = {one.camera for one in protocol.treated if one.camera}
    for spot in protocol.controls:
        if spot.camera in treated:
            yield Bilingual(
                fr=f"Le témoin {spot} est vu par une caméra de l’essai : ce sont souvent les mêmes personnes, et il "
                "changera avec l’essai. Choisissez un lieu plus éloigné.",
                en=f"The control {spot} is seen by a camera of the trial: these are often the same people, and it will "
                "change with the trial. Choose a place farther away.",
            )
    if not protocol.controls:
        yield Bilingual(
            fr="Aucun témoin : ce qui change ailleurs au même moment se confondra avec l’essai.",
            en="No control: what changes elsewhere at the same moment will look like the trial.",
        )
    if protocol.trial.first <= today:
        yield Bilingual(
            fr="L’essai a déjà commencé : le protocole sera scellé après coup, et la fiche le dira.",
            en="The trial has begun already: the protocol will be sealed afterwards, and the sheet will say so.",
        )
    if protocol.weather is None:
        yield Bilingual(
            fr="Sans capteur de météo, la pluie et le froid restent dans le bruit.",
            en="Without a sensor of weather, rain and cold stay in the noise.",
        )
    unseen = [day for day in protocol.holidays if not protocol.baseline.first <= day <= protocol.trial.last]
    if unseen:
        yield Bilingual(
            fr=f"{len(unseen)} jour(s) férié(s) ou de vacances hors des périodes : sans effet sur le calcul.",
            en=f"{len(unseen)} day(s) off lie outside the periods: they change nothing.",
        )
