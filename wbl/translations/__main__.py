"""``python -m wbl.translations``: update and compile every catalog; status 1 while messages wait."""

from __future__ import annotations

import sys

from wbl.translations import ALL_LANGUAGES, extract, po_path, update


def main() -> int:
    template = extract()
    waiting = 0
    for language in ALL_LANGUAGES:
        done = update(language, template)
        waiting += len(done.missing)
        sys.stdout.write(f"{language}: {done.total} messages, {len(done.missing)} without a translation\n")
        for text in done.missing:
            sys.stdout.write(f"    {text!r}\n")
        if done.missing:
            sys.stdout.write(f"  fill them in: {po_path(language)}\n")
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
