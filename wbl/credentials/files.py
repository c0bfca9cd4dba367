"""A credential as a file to take away."""

from __future__ import annotations

import json

from wbl.credentials.models import CredentialDocument
from wbl.credentials.specification import V2_CONTEXT
from wbl.credentials.verifying import ENVELOPE, ENVELOPED


def envelope(token: str) -> str:
    """The token as JSON, for programs that take only that: signed as before, and verified as before."""
    return json.dumps({"@context": V2_CONTEXT, "id": ENVELOPED[0] + token, "type": ENVELOPE}, indent=2)


def file_name(document: CredentialDocument, suffix: str) -> str:
    return f"credential-{document.credential.uuid[:8]}.{suffix}"
