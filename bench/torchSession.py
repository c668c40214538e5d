"""Answers the harness: JSON lines on stdin and stdout, so that it can let both sides take turns in one run."""
import json
import sys


def answer(session):
    """Calls the method that each line names as its `command`, with the line, and prints what that returns."""
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(getattr(session, request["command"])(request)), flush=True)
