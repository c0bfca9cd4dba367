"""A simulated year: two rounds, what is lived between them, and whether the second learned from it.

``world`` is what is true and stands in no table; ``cohorts`` who takes part in each round; ``living`` takes
placements from the first signature to the last rating, by the application's own services; ``simulating``
puts it together for ``flask demo year``.
"""
