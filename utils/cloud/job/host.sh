# The watchman of a job on a machine that ssh reaches: sets up, runs, notes how that goes. It has
# left the connection behind, so a job goes on when that is cut. Bash 3.2 must understand it.
cd "$(dirname "$0")" || exit 1
exec >> logs/job.log 2>&1 < /dev/null
state() { printf '%s\n' "$1" > state.new && mv state.new state; }
was_stopped() {
  state CANCELLED
  exit 0
}
echo $$ > pid || exit 1
# shellcheck source=/dev/null
. ./env.sh || exit 1
rm -f env.sh # it holds the token

state SETTING_UP
part "$COURSE_LIMITER" -s TERM -k 30 "$COURSE_SETUP_LIMIT" bash "$PWD/setup.sh"
if [ "$status" != 0 ]; then
  state FAILED_SETUP
  exit 1
fi
state RUNNING
part bash "$PWD/run.sh"
case "$status" in
  0) state SUCCEEDED ;;
  124) state TIMED_OUT ;;
  *) state FAILED ;;
esac
printf 'course: the job ended with exit status %s\n' "$status"
