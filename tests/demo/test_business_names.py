"""Names of a license register, as messy as they come; all of these are invented."""

from __future__ import annotations

import pytest

from wbl.demo.business_names import business_name, title_case


@pytest.mark.parametrize(
    ("register", "name"),
    [
        ("PELICAN & REED INC", "Pelican & Reed"),
        ("PELICAN & REED,LLC", "Pelican & Reed"),
        ("MOSS PICKERS, L.L.C.", "Moss Pickers"),
        ("HERON HARDWARE #12 ", "Heron Hardware"),
        ("HERON HARDWARE (#0412)", "Heron Hardware"),
        ("OAK STREET PHARMACY  # 6", "Oak Street Pharmacy"),
        ("BAYOU RADIATOR               WORKS INC", "Bayou Radiator Works"),
        ("TIDEWATER GRILL (THE)", "The Tidewater Grill"),
        ("LEVEE BOOKS (DBA LEVEE", "Levee Books DBA Levee"),
        ("DBA QUIET HANDS", "Quiet Hands"),
        ("O'MALLEY'S CAFE", "O'Malley's Cafe"),
        ("MCBRIDE TOOL CO", "McBride Tool Co"),
        ("HOUSE OF THE RISING BREAD", "House of the Rising Bread"),
        ("THE KJB GROUP", "The KJB Group"),
        ("W. K. ABBOTT & SONS", "W. K. Abbott & Sons"),
        ("6TH STREET LAUNDRY", "6th Street Laundry"),
        ("X-TRA CLEAN", "X-Tra Clean"),
        ("LLC", "LLC"),
    ],
)
def test_business_name(register: str, name: str) -> None:
    assert business_name(register) == name


def test_addresses_keep_directions_and_numbers() -> None:
    assert title_case("2205 S MOSS ST STE 4B") == "2205 S Moss St Ste 4b"
    assert title_case("14 ST JUDE BLVD") == "14 St Jude Blvd"
