"""The career clusters, by the name under which a file or a row holds one."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

CLUSTERS: dict[str, LazyString] = {
    "Advanced Manufacturing": _l("Advanced Manufacturing"),
    "Agriculture": _l("Agriculture"),
    "Arts, Entertainment & Design": _l("Arts, Entertainment & Design"),
    "Construction": _l("Construction"),
    "Digital Technology": _l("Digital Technology"),
    "Education": _l("Education"),
    "Energy & Natural Resources": _l("Energy & Natural Resources"),
    "Financial Services": _l("Financial Services"),
    "Healthcare & Human Services": _l("Healthcare & Human Services"),
    "Hospitality, Events & Tourism": _l("Hospitality, Events & Tourism"),
    "Management & Entrepreneurship": _l("Management & Entrepreneurship"),
    "Marketing & Sales": _l("Marketing & Sales"),
    "Public Service & Safety": _l("Public Service & Safety"),
    "Supply Chain & Transportation": _l("Supply Chain & Transportation"),
}
"""The 14 National Career Clusters of 2024."""


def cluster_label(cluster: str) -> str:
    """A career cluster in the page's language; one that a district named itself stays as it is."""
    return str(CLUSTERS.get(cluster, cluster))
