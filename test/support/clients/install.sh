#!/usr/bin/env bash
# Install the programs that test/clients/programs runs into a cache folder, from package registries only. Idempotent.
#   install.sh [NAME…]   all of them (2.3 GB) unless some are named, in the versions of programs.list
# No install script of a package is run: none of these programs needs its own.
# LANEWAY_TEST_CLIENTS moves the cache; PYTHON names an interpreter that has pip and venv (python3).
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
CLIENTS=${LANEWAY_TEST_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/laneway-clients}
PYTHON=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
die() { say "install.sh: $*" >&2; exit 1; }
list() { grep -v '^#' "$HERE/programs.list"; }
from_npm() { # FOLDER PACKAGE
  npm install --prefix "$1" --ignore-scripts --omit=optional --no-save --no-package-lock --no-audit --no-fund \
    --loglevel=error "$2" >&2
}
from_pip() { # FOLDER PACKAGE
  "$PYTHON" -m venv "$1" && "$1/bin/pip" install -q --disable-pip-version-check --only-binary :all: "$2" >&2
}
install() { # NAME npm|pip PACKAGE FILE
  local name=$1 from=$2 package=$3 file=$4 folder=$CLIENTS/$1
  [ "$(cat "$folder/.installed" 2>/dev/null)" != "$package" ] || return 0
  rm -rf "$folder" "$CLIENTS/bin/$name"
  mkdir -p "$folder" "$CLIENTS/bin"
  "from_$from" "$folder" "$package" || return 1
  [ "$from" = pip ] || file=node_modules/${package%@*}/$file
  chmod +x "$folder/$file" && ln -s "../$name/$file" "$CLIENTS/bin/$name" && say "$package" >"$folder/.installed"
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || die "only Linux x86-64 is prepared"
for name in "$@"; do
  list | grep -q "^$name " || { sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; die "there is no program '$name'"; }
done
mkdir -p "$CLIENTS"
exec 9>"$CLIENTS/.lock"; flock 9 # two installs at once take turns
failed=0
while read -r name from package file; do
  case " $* " in "  " | *" $name "*) ;; *) continue ;; esac
  start=$SECONDS
  if install "$name" "$from" "$package" "$file" 9>&-; then
    say "  $name: $package, $(du -sm "$CLIENTS/$name" | cut -f1) MB ($((SECONDS - start)) s)"
  else
    say "  $name: $package cannot be installed" >&2; failed=1
  fi
done < <(list)
exit "$failed"
