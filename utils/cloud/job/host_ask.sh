# What is asked about a job on a machine that ssh reaches; $folder is the job's, below the home.

# What has left the job's groups, as Jupyter's kernels do, bears the job's own variable.
sweep() {
  grep -lszxF "COURSE_REPORT=$PWD/report" /proc/[0-9]*/environ | while IFS=/ read -r _ _ one _; do
    kill -KILL "$one" 2> /dev/null
  done
}

# The watchman, by its number and its name: the number may have become another process's.
alive() {
  pid=$(cat pid 2> /dev/null) && [ -n "$pid" ] || return 1
  { tr '\0' ' ' < "/proc/$pid/cmdline" || ps -o args= -p "$pid"; } 2> /dev/null |
    grep -q "$folder/host.sh"
}

tell_state() {
  cd "$folder" 2> /dev/null || { echo GONE; return; }
  alive || local lost=1 # asked first: a watchman notes the end, then goes
  state=$(cat state 2> /dev/null || echo PENDING)
  case "${lost:-}$state" in
    1PENDING | 1SETTING_UP | 1RUNNING) echo LOST ;;
    *) echo "$state" ;;
  esac
}

# The watchman tells its part to end, which gets 30 s for that; what is left then is ended with it.
stop() {
  cd "$folder" 2> /dev/null || return 0
  ! alive || kill -TERM "$pid"
  local tries=0
  while alive && [ "$tries" -lt 450 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  ! alive || kill -KILL "$pid"
  sweep
}

remove() {
  stop
  cd && rm -rf "$folder"
}

show_log() { cat "$folder/logs/job.log"; }

follow_log() {
  cd "$folder" || return
  tail -n +1 -f logs/job.log &
  while alive; do sleep 1; done
  sleep 1
  kill $!
}
