"""What all Python clients share: what they are given, and how they report what became of each feature."""

import json
import sys

# The gateway's url, answers and features; while a run is on, also its client, model, upstream, seals, summarises and tokens.
GIVEN = json.loads(sys.argv[1])


def check(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r} instead of {wanted!r}")


def run(functions):
    """Runs the features of each run in the order of the table; a line of JSON for each."""
    if len(functions) != len(GIVEN["features"]):
        raise SystemExit("the script does not have all features")
    for one in GIVEN["runs"]:
        GIVEN.update(one)
        for feature, function in zip(GIVEN["features"], functions):
            try:
                function()
                fate = "ok"
            except Exception as error:
                fate = f"{type(error).__name__}: {error}"
            line = {"client": one["client"], "upstream": one["upstream"], "feature": feature, "fate": fate}
            print(json.dumps(line), flush=True)
