"""The round folder, as the format describes it, and the problem it holds.

``read_round`` and ``parse_round`` are the way in, ``round_files`` and ``write_folder`` the way
out. The CSV reader and the cell parsers are public too: the application reads its own files with
them.
"""

from matching.files.cells import BadCell, format_windows, parse_windows
from matching.files.columns import APPLICATION_FILES, SPECS
from matching.files.digest import digest
from matching.files.faults import Fault, RoundFaults
from matching.files.folder import RESULT_FILES, ROUND_FILES, read_folder, write_folder
from matching.files.round import parse_round, read_round
from matching.files.table import Table, read_table, write_table
from matching.files.toml_lines import parse_toml
from matching.files.writing import round_files

__all__ = [
    "APPLICATION_FILES",
    "RESULT_FILES",
    "ROUND_FILES",
    "SPECS",
    "BadCell",
    "Fault",
    "RoundFaults",
    "Table",
    "digest",
    "format_windows",
    "parse_round",
    "parse_toml",
    "parse_windows",
    "read_folder",
    "read_round",
    "read_table",
    "round_files",
    "write_folder",
    "write_table",
]
