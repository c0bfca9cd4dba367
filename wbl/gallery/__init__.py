"""Every component of the look in each of its states; only in development (``GALLERY``)."""
