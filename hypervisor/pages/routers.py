"""Every page there is, in the order in which paths are tried."""

from hypervisor.pages import (
    admin,
    camera,
    camera_form,
    cases,
    decisions,
    editor,
    explore,
    overview,
    reference,
    rules,
    subscriptions,
    vendor,
)

PAGES = tuple(
    one.router
    for one in (
        vendor,
        overview,
        explore,
        camera_form,
        editor,
        camera,
        cases,
        rules,
        subscriptions,
        decisions,
        admin,
        reference,
    )
)
