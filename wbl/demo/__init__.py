"""Made-up rounds to try things on: an invented district, and New Orleans's real employers.

Both come out as a round folder (file name to contents), so that everything else treats them like
anybody's data. No student, guardian or contact in them is a real person.
"""
