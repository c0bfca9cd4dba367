"""The door for flask and gunicorn."""

from wbl.app import create_served

app = create_served()
