"""Names and addresses of a license register, all in capitals, as people would write them."""

from __future__ import annotations

import re

_SMALL = frozenset({"of", "and", "the", "at", "for", "in", "on", "de", "du", "la", "le", "by", "to"})
_CAPITALS = frozenset(
    {
        "AC",
        "AIA",
        "APAC",
        "CBD",
        "CPA",
        "DBA",
        "DDS",
        "EMS",
        "HVAC",
        "II",
        "III",
        "IT",
        "IV",
        "LSU",
        "MD",
        "NE",
        "NOLA",
        "NW",
        "PA",
        "PC",
        "PT",
        "RV",
        "SE",
        "SW",
        "TV",
        "UNO",
        "UPS",
        "US",
        "USA",
        "VA",
        "WWII",
        "YMCA",
        "YWCA",
    }
)
_LEGAL = frozenset(
    {"llc", "l.l.c", "inc", "ltd", "llp", "lp", "apac", "aplc", "pllc", "apmc", "incorporated"}
)
_STORE_NUMBER = re.compile(r"\s*\(?#\s*[\w-]+\)?\s*$")
_WORD = re.compile(r"[^\s&/+,()-]+|[&/+,()-]|\s+")
_VOWEL = re.compile("[AEIOUY]")
_ABBREVIATED = frozenset(
    {
        "ST",
        "DR",
        "MR",
        "MRS",
        "MT",
        "FT",
        "CO",
        "BLVD",
        "PKWY",
        "HWY",
        "RD",
        "PL",
        "CT",
        "LN",
        "STE",
        "SQ",
        "BROS",
        "SVS",
        "CTR",
        "JR",
        "SR",
        "MFG",
        "LTD",
        "INC",
    }
)
"""Without a vowel or not, these are words cut short, not initials."""


def business_name(text: str) -> str:
    """Return a register's name in title case, without legal form or store number.

    Names are padded to columns and cut at a fixed length in the register, so runs of spaces and
    a bracket that is never closed are part of the mess. An empty result falls back to the text.
    """
    name = " ".join(text.split())
    name = _STORE_NUMBER.sub("", name)
    name = re.sub(r"^DBA\b\s*", "", name, flags=re.IGNORECASE)
    name = re.sub(r"^(.*\S)\s*\(THE\)$", r"The \1", name, flags=re.IGNORECASE)
    name = name.replace("(", " ").replace(")", " ") if name.count("(") != name.count(")") else name
    words = name.split()
    while len(words) > 1 and words[-1].strip(".,").lower() in _LEGAL:
        words.pop()
    # A legal form that follows a comma without a space: "SMITH & CO,LLC".
    words[-1:] = [re.sub(r",\s*(LLC|INC|LTD|LLP)\.?$", "", words[-1], flags=re.IGNORECASE)] if words else []
    return title_case(" ".join(words).strip(" ,;-")) or text.strip()


def title_case(text: str) -> str:
    """Return text in capitals as a title; initials and well-known abbreviations stay capitals."""
    parts = _WORD.findall(text)
    spelled = []
    for index, part in enumerate(parts):
        after_hyphen = index > 0 and parts[index - 1] == "-"
        at_edge = index in (0, len(parts) - 1)
        spelled.append(_word(part, keep_small=not (at_edge or after_hyphen)))
    return "".join(spelled)


def _word(word: str, *, keep_small: bool) -> str:
    upper = word.upper()
    bare = upper.strip(".,'")
    if upper.lower() in _SMALL and keep_small:
        return upper.lower()
    if bare in _ABBREVIATED:
        return upper.capitalize()
    if bare in _CAPITALS or re.fullmatch(r"(?:[A-Z]\.)+[A-Z]?", upper):
        return upper
    if re.fullmatch(r"\d+(?:ST|ND|RD|TH)", bare):
        return word.lower()
    if bare.isalpha() and 2 <= len(bare) <= 5 and not _VOWEL.search(bare):
        return upper  # initials, such as of the founders
    if bare.startswith("MC") and len(bare) > 3 and bare.isalpha():
        return "Mc" + upper[2:].capitalize()
    if re.match(r"[DLO]'[A-Z]{3}", upper):
        return upper[:2] + upper[2:].capitalize()
    return upper.capitalize()
