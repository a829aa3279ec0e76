#!/usr/bin/env bash
# Install the published clients that tests drive Laneway with and that are no dependencies of the repository: the AI
# SDK with its providers, LangChain, and the checker CompatCanary. Exact versions, no install scripts, from npm; about 130 MB.
# LANEWAY_TEST_SDKS moves the folder (~/.cache/laneway-sdks). Idempotent.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
SDKS=${LANEWAY_TEST_SDKS:-$HOME/.cache/laneway-sdks}

if cmp -s "$HERE/package-lock.json" "$SDKS/installed-lock.json"; then exit 0; fi
mkdir -p "$SDKS"
rm -f "$SDKS/installed-lock.json"
cp "$HERE/package.json" "$HERE/package-lock.json" "$SDKS/"
cd "$SDKS"
# The pinned Node of the repository runs them, not the one that npm warns about.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json installed-lock.json # last: a broken installation is repeated
