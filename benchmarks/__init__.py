"""Promised numbers and known answers, measured and converted from real input."""
