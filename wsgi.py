"""The door for flask and gunicorn."""

from wbl import create_served

app = create_served()
