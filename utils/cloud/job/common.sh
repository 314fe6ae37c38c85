# What every part of a job begins with. Bash 3.2 (macOS) must understand all of it.
set -euo pipefail
say() { printf 'course: %s\n' "$*"; }
fail() { printf 'course: %s\n' "$*" >&2; exit 1; }

# What an image or SkyPilot's own Ray has set isn't meant for the job. Ray gives its tasks
# OMP_NUM_THREADS=1, which would leave all other cores idle.
unset PYTHONHOME CONDA_PREFIX UV_PYTHON UV_SYSTEM_PYTHON
unset OMP_NUM_THREADS RAY_ADDRESS RAY_CLIENT_MODE RAY_JOB_ID RAY_RAYLET_PID
export PATH="$HOME/.local/bin:$PATH" # SkyPilot puts uv there
export PYTHONPATH="$PWD" PYTHONUNBUFFERED=1

environment="${COURSE_VENV:-$PWD/.venv}"
python="$environment/bin/python"
floyd_input="${FLOYD_INPUT:-/floyd/input}"
case "$floyd_input" in # a home folder that is known only here, as a Slurm job's
  \~/*) floyd_input="$HOME/${floyd_input#*/}" ;;
esac

# where_is FOUND_AS MARKER DESTINATION: set $place to where a data set lies under an input, or to
# nothing. FOUND_AS is its name in COURSE_DATA, MARKER one of its files.
where_is() {
  local there="$floyd_input/$3"
  place=
  if [ -e "$there/$1" ]; then
    place="$there/$1"
  elif [ -e "$there/$2" ] || { [ "$1" = "$2" ] && [ -f "$there" ]; }; then
    place="$there"
  fi
}

# Where the job works, told to the fetch in a file: it must not guess. A relative COURSE_REPORT
# starts where ssh does, which isn't HOME on every machine (a Slurm job has one of its own).
report() { # PHASE
  local file="${COURSE_REPORT:-}" home
  [ -n "$file" ] && [ "${SKYPILOT_NODE_RANK:-0}" = 0 ] || return 0
  case "$file" in
    /*) ;;
    *)
      home=$(eval "printf '%s' ~$(id -un)")
      file="$home/$file"
      ;;
  esac
  mkdir -p "${file%/*}"
  printf '%s\n' "phase=$1" "folder=$PWD" "logs=${COURSE_LOGS:-$HOME/sky_logs}" > "$file.new"
  mv "$file.new" "$file"
}
