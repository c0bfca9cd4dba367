"""Points on the globe and the distances between them."""

from __future__ import annotations

import numpy as np

from matching.problem import BoolArray, FloatArray, IntArray

EARTH_RADIUS_KM = 6371.0088


class Places:
    """Points in degrees WGS84, with what the haversine formula and a tree need of them."""

    def __init__(self, latitude: FloatArray, longitude: FloatArray) -> None:
        self.known: BoolArray = ~np.isnan(latitude)
        self.latitude = np.radians(latitude)
        self.longitude = np.radians(longitude)
        self.cosine = np.cos(self.latitude)

    def on_sphere(self, rows: IntArray) -> FloatArray:
        """[len(rows), 3] points of the unit sphere."""
        cosine, longitude = self.cosine[rows], self.longitude[rows]
        return np.column_stack(
            (cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(self.latitude[rows]))
        )


def great_circle_km(a: Places, i: IntArray, b: Places, j: IntArray) -> FloatArray:
    """Haversine distance of ``a[i]`` and ``b[j]``.

    ``h = sin²(Δlat/2) + cos·cos·sin²(Δlon/2)``, ``km = 2·R·arcsin(min(1, √h))``, evaluated from
    left to right in float64.
    """
    north = np.sin((b.latitude.take(j) - a.latitude.take(i)) / 2)
    east = np.sin((b.longitude.take(j) - a.longitude.take(i)) / 2)
    h = north * north + a.cosine.take(i) * b.cosine.take(j) * east * east
    km: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return km
