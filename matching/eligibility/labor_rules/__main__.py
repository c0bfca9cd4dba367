"""Print docs/labor-law.md: ``python -m matching.eligibility.labor_rules > docs/labor-law.md``."""

from __future__ import annotations

import sys

from matching.eligibility.labor_rules.page import page

if __name__ == "__main__":
    sys.stdout.write(page())
