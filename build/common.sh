# Shared by the scripts of this folder; source it, do not run it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
native=$root/artifacts/native
stamps=$root/artifacts/stamps
configuration=Release
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# The comment at the top of the script that sources this is its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }
for argument in "$@"; do
  case $argument in -h | --help) usage; exit 0 ;; esac
done
# unknown ARGUMENT [WHAT IS KNOWN]
unknown() { printf '%s\n' "error: ${0##*/}: unknown argument $1${2:+; give $2}; see build/${0##*/} --help" >&2; exit 2; }

say() { printf '%s\n' "-- $*"; }
fail() { printf '%s\n' "error: $*" >&2; exit 1; }
cores() { getconf _NPROCESSORS_ONLN; }

# What dotnet is told where this machine was set up for its GPU; see build/setup.
torch_option() {
  [ -f "$stamps/cuda" ] || return 0
  case $(uname -s) in
    Linux) echo -p:Torch=cuda-linux ;;
    *) echo -p:Torch=cuda-windows ;;
  esac
}

# fresh STAMP PATH...: nothing below the paths changed since `mark STAMP`.
fresh() {
  local stamp=$stamps/$1; shift
  [ -f "$stamp" ] && [ -z "$(find "$@" -newer "$stamp" -not -path '*/node_modules/*' -print -quit)" ]
}
mark() { mkdir -p "$stamps"; touch "$stamps/$1"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
can_install() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }; }

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
  done
}

# debian_packages WHY PACKAGE...: installs those that are missing, where this system has apt and lets us.
debian_packages() {
  local why=$1 missing; shift
  can_install || return 0
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "installing Debian packages ($why): $missing"
  mkdir -p "$root/artifacts"
  # shellcheck disable=SC2086 # one word a package
  { as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
  } >"$root/artifacts/apt.log" 2>&1 || {
    tail -5 "$root/artifacts/apt.log" >&2
    fail "apt-get could not install: $missing"
  }
}

# without_services COMMAND...: what it installs is not started; Debian asks policy-rc.d.
without_services() (
  policy=/usr/sbin/policy-rc.d
  if can_install && [ ! -e "$policy" ]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  "$@"
)

# npm_install FOLDER WHY: exactly what the lock file names, without running any package's scripts.
npm_install() {
  local folder=$1 why=$2 stamp=npm-${1//\//-}
  if [ -d "$root/$folder/node_modules" ] && fresh "$stamp" "$root/$folder/package-lock.json"; then return 0; fi
  command -v npm >/dev/null || fail "npm is needed for $why: install Node.js 20 or newer"
  say "npm packages of $folder ($why)"
  (cd "$root/$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
    fail "npm could not install the packages of $folder"
  mark "$stamp"
}

test_projects() { (cd "$root/tests" && printf '%s ' *.Tests | sed 's/\.Tests//g; s/ $//'); }
# test_program PROJECT: what runs its tests.
test_program() { echo "$root/artifacts/bin/$1.Tests/${configuration,,}/FineWebTorch.$1.Tests"; }

# What tests leave lying about lands in a folder of the script's own. A short name: sockets are made in it too.
test_folder() {
  TMPDIR=$(mktemp -d /tmp/fineweb-test.XXXXXX)
  export TMPDIR
  # PostgreSQL does not run as root: the user that it runs as has to get at what lies in here.
  chmod 711 "$TMPDIR"
  trap 'rm -rf "$TMPDIR"' EXIT
}
