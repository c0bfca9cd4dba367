"""The blueprint that the paperwork's pages for people with a sign-in hang on."""

from flask import Blueprint

blueprint = Blueprint("agreements", __name__)
