#!/usr/bin/env bash
# Start a real llama-server with a small model on 127.0.0.1, to try Laneway by hand; stop it with Ctrl-C.
#   start-llama.sh PORT [MODEL] [llama-server options…]
#   MODEL: smollm2-135m (the default), tiny-random, or smollm2-135m-tools: the same weights, able to call tools
#          (the user text `get_weather for Paris?` calls the tool get_weather), or minilm-l6-v2: embeddings only
# LLAMA_SERVER=FILE picks another binary.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/versions.sh"
port=${1:-}
[ -n "$port" ] || { sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
shift
name=smollm2-135m
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then name=$1; shift; fi
server=${LLAMA_SERVER:-$COMPILED_DIR/llama-server}
[ -n "${LLAMA_SERVER:-}" ] || [ -x "$server" ] || server=$LLAMA_DIR/llama-server
model=$MODELS_DIR/${name%-tools}.gguf
for file in "$server" "$model"; do
  [ -e "$file" ] || { echo "start-llama.sh: no $file: run $HERE/install.sh llama" >&2; exit 1; }
done
[ "$name" = "${name%-tools}" ] || set -- --chat-template-file "$HERE/chatml-tools.jinja" "$@"
[ "$name" != minilm-l6-v2 ] || set -- --embeddings -c 512 "$@"
# one thread: llama-server's threads spin, and with anything else busy two of them starve each other
exec "$server" --host 127.0.0.1 --port "$port" -m "$model" --alias "$name" --threads 1 -c 4096 -np 2 \
  --cache-ram 256 --metrics --offline "$@"
