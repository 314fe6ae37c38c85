# A part of a job, and its end, also when this bash is told to end. Bash 3.2 must understand it. Who
# uses it has `sweep`, which ends what has left the part's group, and `was_stopped`.
stopped=
child=
trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child" 2> /dev/null' TERM INT HUP

# part COMMAND: run it in the folder of the code, wait for its end, end what it leaves behind.
part() {
  (cd code && exec "$@") &
  child=$!
  [ -z "$stopped" ] || kill -TERM "$child" 2> /dev/null
  status=143
  while kill -0 "$child" 2> /dev/null; do
    wait "$child"
    status=$?
  done
  kill -KILL -- "-$child" 2> /dev/null # both parts end as `timeout`, which leads a group
  child=
  sweep
  [ -z "$stopped" ] || was_stopped
}
