"""The placement engine: files in, a proved and explained match out. No Flask, no database.

The doors, in the order of a round: ``files.parse_round`` (or ``files.read_round``), ``solve.solve``,
``verify.verify``. ``python -m matching`` is the same from the command line.
"""

__version__ = "0.1.0"
