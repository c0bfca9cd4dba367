"""The blueprint of growth, which several modules add routes to."""

from flask import Blueprint

from wbl.growth.words import FILTERS

blueprint = Blueprint("growth", __name__)
for _function in FILTERS:
    blueprint.add_app_template_filter(_function)

MOMENT = "<any(baseline,mid,final):moment>"
