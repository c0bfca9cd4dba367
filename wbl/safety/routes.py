"""Safety: what students raise, who answers it, incidents, a district's settings."""

from __future__ import annotations

from wbl.safety import concern_routes, incident_routes, own_routes, setting_routes
from wbl.safety.blueprint import blueprint
from wbl.safety.words import FILTERS

# The factory registers the blueprint from here; each of these adds its routes to it.
__all__ = ["blueprint", "concern_routes", "incident_routes", "own_routes", "setting_routes"]

for _function in FILTERS:
    blueprint.add_app_template_filter(_function)
