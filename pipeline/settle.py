"""What is there to stay is looked at no more; what is free goes back to the system."""

import ctypes
import gc
from functools import cache
from typing import Any


def settle() -> None:
    """Take everything made so far out of garbage collection: models, configuration and libraries live to the end."""
    gc.unfreeze()  # what was settled before may have been replaced since
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Give the system the memory back that is free inside the heap, in a few milliseconds; glibc keeps it otherwise.

    Decoders and looks leave other holes each time, of which the largest ever would stay.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library: it has its own ways
        return None
