# Runs on each machine, as sh -c 'this text' fineweb ACTION ...; it needs a POSIX shell, tar, gzip and sha256sum there.
set -u
umask 077
action=$1
shift
# What a login's own files have said on the way comes before it.
echo fineweb-torch:
base=${FINEWEB_SSH_HOME:-$HOME/.cache/fineweb-torch}
# Without links, as programs name themselves.
mkdir -p "$base" && base=$(cd "$base" && pwd -P) || exit 1

fail() { echo "$1" >&2; exit "${2:-1}"; }

# PLACE: whether its worker is at work. A number that another program has by now is no worker.
is_alive() {
  pid=$(cat "$run/$1.pid" 2>/dev/null) || return 1
  kill -0 "$pid" 2>/dev/null && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$base/programs/"
}

# PLACE: what its worker ended with. Who waits for it may be about to write that down, or have gone with it.
exit_of() {
  for _ in $(seq 10); do
    [ -s "$run/$1.exit" ] && break
    sleep 0.1
  done
  [ -s "$run/$1.exit" ] || echo 137 >"$run/$1.exit"
  code=$(cat "$run/$1.exit")
  echo "${code:-137}"
}

# Places of workers: a number for each GPU, cpu where none is wanted. CUDA counts those that are seen, from 0: the only
# one of a container may be nvidia3.
places() {
  case $1 in
    none) echo cpu ;;
    all)
      found=$(ls /dev 2>/dev/null | grep -c '^nvidia[0-9][0-9]*$')
      [ "$found" != 0 ] ||
        fail "it has no GPU (no /dev/nvidia0); write gpus=none behind its name for a worker on its CPU" 3
      seq 0 $((found - 1)) ;;
    *) seq 0 $(($1 - 1)) ;;
  esac
}

# PLACE COMMAND...: outlives this connection, leaves number, output and exit code beside each other. systemd gives it
# the environment of this login, as nohup does. In what it runs, ${ and $$ would be systemd's own.
launch() {
  place=$1
  shift
  rm -f "$run/$place.pid" "$run/$place.exit" "$run/$place.env"
  keep='at=$1; shift; [ ! -e "$at.env" ] || . "$at.env"
"$@" >>"$at.log" 2>&1 </dev/null & echo $! >"$at.pid" || kill $!; wait $!; echo $? >"$at.exit"'
  manager=
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
    user=$(id -u)
    if [ "$user" = 0 ]; then
      manager=system
    elif [ "$(loginctl show-user "$user" --property=Linger --value 2>/dev/null)" = yes ]; then
      manager=user
      export XDG_RUNTIME_DIR="/run/user/$user"
    fi
  fi
  if [ -n "$manager" ]; then
    export -p >"$run/$place.env" || return 1
    # One of the same place that is about to end has another number behind its name.
    systemd-run "--$manager" --quiet --collect --unit "$name-$place-$$" sh -c "$keep" keep "$run/$place" "$@" ||
      return 1
  else
    setsid nohup sh -c "$keep" keep "$run/$place" "$@" >/dev/null 2>&1 </dev/null &
  fi
  for _ in $(seq 100); do
    [ -s "$run/$place.pid" ] && return
    sleep 0.1
  done
  return 1
}

case $action in
  # DIGEST: whether the programs are here.
  has)
    if [ -x "$base/programs/$1/bin/worker" ]; then echo yes; else echo no; fi ;;

  # DIGEST BYTES, the archive on standard input. Its folder appears when all of it is there.
  take)
    mkdir -p "$base/programs" || exit 1
    part=$base/programs/.$1.$$
    # Unpacked it takes more than three times as much.
    free=$(df -Pk "$base/programs" 2>/dev/null | sed -n '2s/.* \([0-9][0-9]*\)  *[0-9][0-9]*% .*/\1/p')
    need=$((($2 / 1024 + 1) * 4))
    [ "${free:-$need}" -ge $need ] ||
      fail "$base has room for $((free / 1024)) MiB, the programs need $((need / 1024 + 1)) MiB"
    trap 'rm -rf "$part"' EXIT
    mkdir -p "$part/tree" && cat >"$part/archive" || exit 1
    [ "$(sha256sum <"$part/archive" | cut -d ' ' -f 1)" = "$1" ] ||
      fail "the programs came otherwise than they were sent"
    said=$(tar -xzf "$part/archive" -C "$part/tree" 2>&1) || fail "$(echo "$said" | head -n 1)"
    for top in "$part/tree" "$part"/tree/*; do [ -x "$top/bin/worker" ] && break; done
    [ -x "$top/bin/worker" ] || fail "there is no bin/worker in what was sent"
    [ -e "$base/programs/$1" ] || mv "$top" "$base/programs/$1" ;;

  # NAME, the join token on standard input.
  join)
    run=$base/runs/$1
    mkdir -p "$run" && cat >"$run/join.new" && mv "$run/join.new" "$run/join" ;;

  # NAME DIGEST GPUS COORDINATOR all|failed: a worker for each place that has none, or only where it did not end in
  # order and was not turned away.
  start)
    name=$1 digest=$2 run=$base/runs/$1 coordinator=$4 which=$5
    mkdir -p "$run" || exit 1
    list=$(places "$3") || exit $?
    for place in $list; do
      is_alive "$place" && continue
      if [ "$which" = failed ] && [ -e "$run/$place.pid" ]; then
        case $(cat "$run/$place.exit" 2>/dev/null) in 0 | 2 | 5) continue ;; esac
      fi
      case $place in cpu) device='--device cpu' ;; *) device="--gpu $place" ;; esac
      set -- "$base/programs/$digest/bin/worker" $device --coordinator "$coordinator"
      [ -s "$run/join" ] && set -- "$@" --join "@$run/join"
      launch "$place" "$@" || fail "the worker of place $place could not be started"
    done ;;

  # NAME: a line for each worker.
  look)
    run=$base/runs/$1
    for file in "$run"/*.pid; do
      [ -e "$file" ] || continue
      place=$(basename "$file" .pid)
      if is_alive "$place"; then
        echo "$place running"
      else
        said=$(tail -n 1 "$run/$place.log" 2>/dev/null | cut -c 1-300)
        echo "$place ended $(exit_of "$place") $said"
      fi
    done ;;

  # NAME: an orderly end; who takes longer than half a minute is killed.
  stop)
    run=$base/runs/$1
    for file in "$run"/*.pid; do
      [ -e "$file" ] && is_alive "$(basename "$file" .pid)" && kill -TERM "$pid"
    done
    for _ in $(seq 150); do
      left=
      for file in "$run"/*.pid; do [ -e "$file" ] && is_alive "$(basename "$file" .pid)" && left="$left $pid"; done
      [ -n "$left" ] || break
      sleep 0.2
    done
    [ -z "${left:-}" ] || kill -KILL $left 2>/dev/null
    rm -f "$run"/*.pid "$run"/*.env "$run/join" ;;

  # NAME: what its workers have said, as an archive.
  logs)
    cd "$base/runs/$1" 2>/dev/null || exit 0
    set -- *.log
    [ -e "$1" ] || exit 0
    tar -cf - "$@" ;;
esac
