"""The door for flask and gunicorn."""

from wbl import create_app

app = create_app()
