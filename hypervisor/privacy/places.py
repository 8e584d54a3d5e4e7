"""The list of cameras as GeoJSON, for the public."""

from typing import Any

from hypervisor.privacy.facts import Facts, classes_of


def cameras(facts: Facts) -> dict[str, Any]:
    """Return every camera; one without a location has a null geometry, as RFC 7946 allows, so that none is missing."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": camera.id,
                "geometry": {"type": "Point", "coordinates": [camera.location[1], camera.location[0]]}
                if camera.location
                else None,
                "properties": {
                    "name": camera.name or camera.id,
                    "purpose": camera.purpose,
                    "controller": camera.legal_basis.controller if camera.legal_basis else facts.answerable.controller,
                    "legal_basis": camera.legal_basis.reference if camera.legal_basis else None,
                    "finest_total_s": camera.min_step_s if camera.purpose == "statistics" else 60,
                    "counts": classes_of(camera),
                    "masks": len(camera.masks),
                },
            }
            for camera in facts.site.cameras
        ],
    }
