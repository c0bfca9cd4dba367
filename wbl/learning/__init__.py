"""What closed placements change in the next round: what sites did, what went with what, what is to learn."""
