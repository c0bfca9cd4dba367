"""From HTML to tagged PDF: pages for paper, laid out, written and bound, here or in other processes.

Knows no feature, no database and no request, so that a process which only draws needs no application.
"""
