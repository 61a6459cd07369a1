"""
What one SDK has to do against the gateway. Prints a line of JSON for each check: `{"check": NAME}`, with `error`
where it failed, and with `cancelled`, the model's name, where the gateway has to log that its client left.
"""

import asyncio
import inspect
import json
import os
import sys
import traceback
from contextlib import contextmanager

GATEWAY = os.environ["GATEWAY_URL"]
UPSTREAMS = os.environ["GATEWAY_UPSTREAMS"].split(",")

_checks = []


def check(name):
    """Registers a function without parameters; it may be a coroutine function."""

    def register(function):
        _checks.append((name, function, ()))
        return function

    return register


def check_on_each(name):
    """The same on each upstream, whose name it is given."""

    def register(function):
        for upstream in UPSTREAMS:
            _checks.append((f"{name} on {upstream}", function, (upstream,)))
        return function

    return register


@contextmanager
def raises(kind):
    """The error raised within is an instance of `kind`; it is `.error` of what this gives."""

    class Caught:
        error = None

    caught = Caught()
    try:
        yield caught
    except kind as error:
        caught.error = error
    else:
        raise AssertionError(f"no {kind.__name__}")


def run():
    # What an SDK prints goes to stderr, so that stdout is the checks' own.
    output, sys.stdout = sys.stdout, sys.stderr
    # One loop for all: clients keep connections that belong to the loop they were made in.
    with asyncio.Runner() as runner:
        for name, function, arguments in _checks:
            line = {"check": name}
            try:
                result = function(*arguments)
                line.update((runner.run(result) if inspect.iscoroutine(result) else result) or {})
            except Exception:
                line["error"] = traceback.format_exc(limit=-6)
            print(json.dumps(line), file=output, flush=True)
