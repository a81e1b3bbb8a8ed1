"""What nbval lacks: patience with a busy machine, and none with a dead kernel.

nbval gives a kernel 10 s for its first word and a finished cell 5 s for its output. On a machine
with more to do than cores both pass in good order. And for a kernel that has died, killed for its
memory say, it waits until the limit of the cell. Loaded by `tests/nbval.ini`.
"""

import time
from queue import Empty

from nbval.kernel import RunningKernel

PATIENCE = 300  # seconds for what an idle machine does at once
LOOK = 2  # seconds between two looks at the kernel

get_message = RunningKernel.get_message


def get_message_of_living(kernel, stream, timeout=None):
    """Wait for a message as nbval does, but look whether the kernel lives."""
    if stream == "shell" and timeout is not None:
        timeout = max(timeout, PATIENCE)
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = LOOK if end is None else min(LOOK, max(0, end - time.monotonic()))
        try:
            return get_message(kernel, stream, timeout=left)
        except Empty:
            if not kernel.is_alive():
                raise RuntimeError(
                    "the kernel has died; was the memory too small?"
                ) from None
            if left < LOOK:
                raise


def pytest_configure():
    RunningKernel.get_message = get_message_of_living


def pytest_collection_modifyitems(items):
    for item in items:
        item.output_timeout = PATIENCE
