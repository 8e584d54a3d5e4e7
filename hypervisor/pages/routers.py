"""Every page there is, in the order in which paths are tried."""

from hypervisor.pages import admin, camera, editor, explore, overview, reference, vendor

PAGES = tuple(one.router for one in (vendor, overview, explore, editor, camera, admin, reference))
