#!/bin/bash
# daemon-keeper.sh LOG COMMAND... — runs a daemon that cannot outlive whoever started it.
#
# Commands come on standard input, one a line: start, stop (SIGTERM), crash (SIGKILL), reload (SIGHUP), stopped (whether it ended by
# itself). Each is answered on standard output by "ok" or "failed REASON"; LOG.pid holds the process number. When standard input ends,
# which it does however the parent dies, the daemon is stopped.
set -uo pipefail
# Not ignored: children would inherit that.
trap : INT TERM HUP

log=$1
shift
pid=
alive() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }

end() { # end SIGNAL
  [ -n "$pid" ] || return 0
  kill -"$1" "$pid" 2>/dev/null
  for _ in $(seq 300); do
    alive || break
    sleep 0.05
  done
  if alive; then
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    pid=
    return 1
  fi
  wait "$pid" 2>/dev/null
  pid=
}

while read -r command; do
  case $command in
    start)
      # Tests run on threads that block signals, and children inherit that.
      env -i --default-signal PATH="$PATH" HOME=/nonexistent LANG=C.UTF-8 "$@" >>"$log" 2>&1 </dev/null &
      pid=$!
      echo "$pid" >"$log.pid"
      echo ok
      ;;
    stop) if end TERM; then echo ok; else echo "failed it did not end within 15 s of SIGTERM"; fi ;;
    crash) end KILL; echo ok ;;
    reload) kill -HUP "$pid" && echo ok || echo "failed it is not running" ;;
    stopped) if alive; then echo "failed it runs"; else echo ok; fi ;;
    *) echo "failed unknown command" ;;
  esac
done
end TERM
