"""Before the loop begins: what is there stays there, so the garbage collector need not look at it again and again."""

import gc


def settle() -> None:
    """Take everything made so far out of garbage collection: models, configuration and libraries live to the end."""
    gc.unfreeze()  # what was settled before may have been replaced since
    gc.collect()
    gc.freeze()
