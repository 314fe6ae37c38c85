# In the job's folder on a machine that ssh reaches: choose its ports, let the watchman go.
folder="$PWD"
own=$(place "$folder")
eval "$own"
{
  printf '%s\n' "$own"
  printf 'export COURSE_REPORT=%q COURSE_LOGS=%q\n' "$folder/report" "$folder/logs"
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
printf 'course-lab=%s\ncourse-board=%s\n' "$JUPYTER_PORT" "$TENSORBOARD_PORT"
