# In the job's folder on a machine that ssh reaches: choose two free ports, let the watchman go.
folder="$PWD"
free() { # PORT: the first from there on that nothing answers on
  local port="$1"
  while (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do port=$((port + 1)); done
  printf '%s\n' "$port"
}
# By lot: two launches at the same time would find the same ones free, long before they listen.
lab=$(free $((20000 + RANDOM % 10000)))
board=$(free $((30000 + RANDOM % 10000)))
{
  printf 'export JUPYTER_PORT=%s TENSORBOARD_PORT=%s\n' "$lab" "$board"
  printf 'export FLOYD_INPUT=%q COURSE_REPORT=%q COURSE_LOGS=%q\n' \
    "$folder/input" "$folder/report" "$folder/logs"
  # Not the user's own settings of Jupyter, which may listen to the network.
  printf 'export JUPYTER_CONFIG_DIR=%q JUPYTER_DATA_DIR=%q JUPYTER_RUNTIME_DIR=%q IPYTHONDIR=%q\n' \
    "$folder/jupyter/config" "$folder/jupyter/data" "$folder/jupyter/runtime" "$folder/jupyter/ip"
} >> env.sh
touch logs/job.log
if command -v setsid > /dev/null; then
  setsid nohup bash "$folder/host.sh" < /dev/null > /dev/null 2>&1 &
else
  set -m # a group of its own, at least
  nohup bash "$folder/host.sh" < /dev/null > /dev/null 2>&1 &
fi
tries=0
until [ -s pid ]; do
  tries=$((tries + 1))
  [ "$tries" -le 300 ] || exit 1
  sleep 0.1
done
printf 'course-lab=%s\ncourse-board=%s\n' "$lab" "$board"
