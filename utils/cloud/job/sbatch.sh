# A job on a Slurm cluster: unpacks, sets up once, runs. Above it stand $name, $parts, $mode and
# what the functions setup_text, run_text and archive write. Nodes and login share the home folder.
set -uo pipefail
say() { printf 'course: %s\n' "$*"; }
fail() { printf 'course: %s\n' "$*" >&2; exit 1; }
folder="$HOME/.course-jobs/$name"
array="${SLURM_ARRAY_JOB_ID:-}"
# Who this is among those that share the folder; a job that Slurm starts again is another one.
me="${SLURM_JOB_ID:-login}-$RANDOM$RANDOM"

was_stopped() {
  say "Told to end. What was done is kept: submitted again, the script goes on from there."
  exit 143
}

# What has left the job's groups, as Jupyter's kernels do, bears the job's own variable.
sweep() {
  env -u COURSE_JOB grep -lszxF "COURSE_JOB=$COURSE_JOB" /proc/[0-9]*/environ |
    while IFS=/ read -r _ _ one _; do kill -KILL "$one" 2> /dev/null; done
}

# Whose turn it is to set up: the end of a chain of links. Each is made by one alone, as a link can
# be on any file system that nodes share, and none is removed.
turn() {
  link=turn holder=
  while [ -h "$link" ]; do
    holder=$(readlink "$link")
    link="turn-after-$holder"
  done
}

# is_gone HOLDER: Slurm knows no such job any more, or has started that one again, as this one.
is_gone() {
  local job="${1%%-*}" known
  [ "$job" != login ] || return 1
  [ "$job" != "${SLURM_JOB_ID:-}" ] || return 0
  known=$(squeue --noheader --jobs="$job" --format=%T 2>&1)
  case "$known" in
    '' | *"Invalid job id"*) return 0 ;;
    *) return 1 ;;
  esac
}

may_take() {
  [ -z "$holder" ] || [ -e "over-$holder" ] || { [ $(($1 % 30)) = 0 ] && is_gone "$holder"; }
}

# The first job makes the environment, all others wait for it.
prepare() {
  local waited=0
  until [ -e ready ]; do
    [ -z "$array" ] || [ ! -e "failed-$array" ] ||
      fail "The setup failed in another part of this array: its log says why."
    turn
    if may_take "$waited"; then
      ! ln -s "$me" "$link" 2> /dev/null || set_up
      continue
    fi
    [ "$waited" != 0 ] || say "Job ${holder%%-*} sets up; waiting for it."
    [ "$waited" -lt "$((setup_limit + 60))" ] ||
      fail "Job ${holder%%-*} has set up for too long. If it has ended: touch $folder/over-$holder"
    sleep 1
    waited=$((waited + 1))
    [ -z "$stopped" ] || was_stopped
  done
}

give_up() {
  [ -z "$array" ] || touch "failed-$array"
  fail "$*"
}

need_input() { # DESTINATION COMMANDS: what is too large for a script is brought by a person
  [ -n "$(ls -A "input/$1" 2> /dev/null)" ] ||
    give_up "There is nothing in $folder/input/$1. Bring it first: $2"
}

set_up() {
  trap 'touch "over-$me"' EXIT
  if [ ! -d code ]; then
    say "Unpacking into $folder."
    rm -rf unpacked
    mkdir unpacked
    archive | tar -xzf - -C unpacked ||
      give_up "The code can't be unpacked. Is the disk full?"
    mv unpacked/* unpacked/.rsync-filter . && rmdir unpacked
  fi
  ln -sfn code made # what `course jobs fetch` looks for, where this folder is copied to
  setup_text > setup.sh
  run_text > run.sh
  need_inputs
  part timeout -s TERM -k 30 "$setup_limit" bash "$PWD/setup.sh"
  [ "$status" = 0 ] ||
    give_up "The setup failed (above). Once that is mended, submit the script again."
  touch ready
}

where_to_look() {
  local node user forwards
  node=$(hostname)
  user=$(id -un)
  forwards="-L $TENSORBOARD_PORT:127.0.0.1:$TENSORBOARD_PORT"
  [ "$mode" != jupyter ] || forwards="$forwards -L $JUPYTER_PORT:127.0.0.1:$JUPYTER_PORT"
  printf '%s\n' "On your own computer, $SLURM_SUBMIT_HOST as you name it there:" \
    "ssh -N -J $user@$SLURM_SUBMIT_HOST $forwards $user@$node" \
    "Then TensorBoard is at http://127.0.0.1:$TENSORBOARD_PORT"
  [ "$mode" != jupyter ] ||
    printf '%s\n' "and JupyterLab at http://127.0.0.1:$JUPYTER_PORT/lab?token=$JUPYTER_TOKEN"
}

run() {
  eval "$(place "$folder")"
  export COURSE_LINKS="$folder/links-$me"
  if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    [ "$SLURM_ARRAY_TASK_ID" -lt "$parts" ] || fail "There is no part $SLURM_ARRAY_TASK_ID."
    export COURSE_PART="$((SLURM_ARRAY_TASK_ID + 1))/$parts" COURSE_TENSORBOARD=off
    say "Part $COURSE_PART."
  elif [ "$mode" = jupyter ]; then
    JUPYTER_TOKEN=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    export JUPYTER_TOKEN
    (umask 077 && where_to_look > "address-$SLURM_JOB_ID")
    say "How to open JupyterLab, with its token: cat $folder/address-$SLURM_JOB_ID"
  else
    where_to_look
  fi
  part bash "$PWD/run.sh"
  rm -rf "$COURSE_LINKS" "address-$SLURM_JOB_ID"
  say "The job ended with exit status $status. What it made is in $folder/code."
  exit "$status"
}

main() {
  (umask 077 && mkdir -p "$folder") || fail "$folder can't be made."
  cd "$folder" || fail "$folder can't be entered."
  [ -z "${SLURM_ARRAY_TASK_ID:-}" ] || [ "$parts" != 0 ] ||
    fail "This script has no parts for an array: make it anew with --array."
  export COURSE_JOB="$me" FLOYD_INPUT="$folder/input"
  prepare
  trap - EXIT
  if [ -z "${SLURM_JOB_ID:-}" ]; then
    say "All is set up in $folder. Now submit this script by sbatch."
    exit 0
  fi
  run
}
