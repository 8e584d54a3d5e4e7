"""Every way in which Parvis refuses or gives up, in one tree.

ParvisError
├── Refused            before the first frame (exit code 2)
│   ├── ConfigError    a configuration that cannot be used, with every fault in it
│   └── SourceError    footage or a stream that cannot be opened, or holds no frame
└── Failed             afterwards (exit code 1)
"""


class ParvisError(Exception):
    """Base of all errors that a user's input or surroundings can cause; the message is for that user."""


class Refused(ParvisError):
    """The work cannot start: wrong usage, configuration, file, model or port."""


class SourceError(Refused):
    """The source cannot be opened, or has no picture in it. The message never holds a password."""


class Failed(ParvisError):
    """The work started and could not be completed."""
