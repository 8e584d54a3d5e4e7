"""Every way in which a model refuses or gives up, in one tree; each message is one line for the user.

ModelError
├── UnknownModelError      no model of that name
├── ModelFileError         the file is missing, is no ONNX, or has another sha256 than stated
├── UnsupportedModelError  the file is sound, and its inputs or outputs are not understood
├── UnknownClassError      a class that the model does not know
└── DeviceError            no device is left that runs the model (`SessionError` is one device's failure)
"""


class ModelError(Exception):
    """Base of all errors of this package that a user's input or surroundings can cause."""


class UnknownModelError(ModelError):
    """The registry has no model of that name."""


class ModelFileError(ModelError):
    """The file cannot be used: missing, damaged, or another one than stated."""


class UnsupportedModelError(ModelError):
    """The inputs or outputs of the model are not understood; the message says what was found."""


class UnknownClassError(ModelError):
    """The model has no class of that name."""


class DeviceError(ModelError):
    """The model runs on none of the devices at hand."""


class SessionError(Exception):
    """One device refused or failed; whoever holds the ladder of devices takes the next one."""
