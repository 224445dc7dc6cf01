"""Waiting with a deadline, and what slow builds do to deadlines."""

import os
import time

# Sanitizers cost time: every deadline of the tests is stretched by this factor,
# and no assertion says how fast the program is where it is above 1.
SLOWNESS = float(os.environ.get("MLLP_SLOWNESS", "1"))


def stretched(seconds):
    """A deadline for something that must happen."""
    return seconds * SLOWNESS


def eventually(what, condition, within=10.0, every=0.01):
    """The first true value of condition(); fails with `what` when time is up."""
    deadline = time.monotonic() + stretched(within)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {stretched(within):g} s: {what}")
        time.sleep(every)
