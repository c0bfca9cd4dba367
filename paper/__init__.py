"""From HTML to tagged PDF: pages for paper, laid out, written and bound, here or in other processes.

Knows neither Flask nor the database, so that a process which only draws begins in a second.
"""
