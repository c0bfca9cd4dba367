"""How alike interests are outside of a round: as a match weighs a pair, whoever asks."""

from __future__ import annotations

import pytest

from matching.congruence import congruence
from matching.files.cells import BadCell


def test_the_order_of_letters_and_scores_says_how_alike() -> None:
    same, near, far = congruence("SIA", ["SIA", "SAI", "RCE"])
    assert same == 1 > near > far >= 0
    assert list(congruence("0;20;10;40;0;0", ["SIA"])) == pytest.approx(
        list(congruence("SIA", ["0;20;10;40;0;0"]))
    )


def test_who_says_nothing_is_like_everybody() -> None:
    assert list(congruence("", ["SIA", "RCE"])) == [0.5, 0.5]
    assert list(congruence("SIA", [""])) == [0.5]


def test_what_is_no_cell_is_refused() -> None:
    with pytest.raises(BadCell):
        congruence("SIX", ["SIA"])
