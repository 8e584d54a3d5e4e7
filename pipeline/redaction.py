"""Addresses without their secrets, for logs and errors."""

import re

# Everything between the first colon and the last @ of an address: a password may itself hold @ or /.
_USER_AND_PASSWORD = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@?'\"]*):[^\s'\"]*@")
# Query parameters and the path-like `user=..._password=..._channel=1` of some cameras.
SECRET_PARAMETER = re.compile(
    r"(?i)([\w.-]*(?:pass|pwd|psw|token|secret|key|auth|sig|credential|session|jwt)[\w.-]*?=)[^&\s;#'\"]+"
)


def redact(text: str) -> str:
    """Return a text with the passwords of all addresses in it, and parameters that look secret, replaced by `***`.

    It rather hides too much than too little: of `rtsp://a:b@c/d@e` only the user and `e` are left.
    """
    return SECRET_PARAMETER.sub(r"\1***", _USER_AND_PASSWORD.sub(r"\1:***@", text))
