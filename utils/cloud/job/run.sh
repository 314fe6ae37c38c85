[ -x "$python" ] || fail "There is no environment in $environment: run the setup first."
# GNU timeout, called gtimeout where Homebrew's coreutils brought it.
limiter=$(command -v timeout || command -v gtimeout) ||
  fail "There is no timeout command; install GNU coreutils (macOS: brew install coreutils)."
export VIRTUAL_ENV="$environment" PATH="$environment/bin:$PATH"
export COURSE_RUNS="$PWD/runs"
export FLOYD_INPUT="$floyd_input" FLOYD_OUTPUT="$PWD/output"
mkdir -p "$COURSE_RUNS" "$FLOYD_OUTPUT"
report run
links="${COURSE_LINKS:-$PWD/build/course-data}"
rm -rf "$links" # of an earlier run: what the inputs hold may have changed

link_data() { # NAME FOUND_AS MARKER DESTINATION
  export COURSE_DATA="$links"
  mkdir -p "$COURSE_DATA"
  where_is "$2" "$3" "$4"
  if [ -n "$place" ]; then
    ln -sfn "$place" "$COURSE_DATA/$2" # cats_dogs is cifar10's folder too
  else
    say "The data set $1 isn't in $floyd_input/$4."
  fi
}

# FloydHub's places at the disk's root: where the machine has none, a command gets the job's own.
in_place() { # COMMAND [PLACE OURS]...
  local text="$1" before="(^|[[:space:]=:(,;<>|&[{])([\"']?)" after='(/|[^A-Za-z0-9_.-]|$)'
  shift
  while [ $# -gt 0 ]; do
    case "$2" in
      *[!A-Za-z0-9_./-]*) say "$1 is $2 on this machine." >&2 ;;
      *)
        [ -e "$1" ] ||
          text=$(printf '%s\n' "$text" | LC_ALL=C sed -E ":a
            s#$before$1$after#\\1\\2$2\\3#
            ta")
        ;;
    esac
    shift 2
  done
  printf '%s\n' "$text"
}

# Bash runs a trap only when its child has ended, so it stays until all of it is over: the time
# limit's SIGTERM goes to every process of the job, and after 30 s SIGKILL to those still there.
job() {
  set -uo pipefail
  export -fn job work in_place say # not for the processes of the job
  trap 'true' TERM
  local tensorboard='' status=0
  if [ "${COURSE_TENSORBOARD:-on}" = on ]; then
    python -m utils.networks.tflearn_cnn.quietly tensorboard.main --logdir "$COURSE_RUNS" \
      --host 127.0.0.1 --port "${TENSORBOARD_PORT:-6006}" &
    tensorboard=$!
  fi
  work || status=$?
  if [ -n "$tensorboard" ]; then
    kill "$tensorboard" 2> /dev/null
    wait "$tensorboard" 2> /dev/null
  fi
  exit "$status"
}
