"""Throughline's web application: ``wbl.app`` makes it.

Nothing is imported here: a process that only draws letters begins in a second, and needs none of it.
"""
