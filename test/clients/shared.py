"""What both Python clients share: what they are given, and how they tell what became of each feature."""

import json
import sys

GIVEN = json.loads(sys.argv[1])


def check(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r} instead of {wanted!r}")


def run(functions):
    """Runs the features in the order of the table; a line of JSON for each."""
    if len(functions) != len(GIVEN["features"]):
        raise SystemExit("the script does not have all features")
    for feature, function in zip(GIVEN["features"], functions):
        try:
            function()
            fate = "ok"
        except Exception as error:
            fate = f"{type(error).__name__}: {error}"
        print(json.dumps({"feature": feature, "fate": fate}))
