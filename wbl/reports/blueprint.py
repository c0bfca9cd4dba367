"""The blueprint of reports, which several modules add routes to."""

from flask import Blueprint

from wbl.reports.words import FILTERS

blueprint = Blueprint("reports", __name__)
for _function in FILTERS:
    blueprint.add_app_template_filter(_function)
