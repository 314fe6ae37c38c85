make_environment() {
  unset VIRTUAL_ENV
  rm -rf "$environment"
  if command -v uv > /dev/null; then
    # --seed: a notebook's %pip needs pip. Where no Python fits, uv downloads one.
    uv venv --quiet --seed --python "$PYTHONS" "$environment" ||
      fail "uv found no Python $PYTHONS and could not download one (its message is above)."
    return
  fi
  local candidate
  for candidate in python3.12 python3.13 python3.11 python3 python; do
    if "$candidate" -c "$FITS" 2> /dev/null; then
      "$candidate" -m venv "$environment" && return
    fi
  done
  fail "There is neither uv nor a Python $PYTHONS with venv; install uv: https://docs.astral.sh/uv"
}

# Packages that follow from an older TensorFlow are changed in copies of the two files, so that
# every other pin holds. TensorBoard up to 2.20 needs pkg_resources, which setuptools 82 dropped.
older_tensorflow() {
  local file
  for file in requirements.txt constraints.txt; do
    sed -E -e "s/^(tensorflow|tensorboard)==[0-9.]*/\\1==$TENSORFLOW/" \
      -e 's/^setuptools==.*/setuptools==81.0.0/' "$file" > "$environment/$file"
  done
  requirements="$environment/requirements.txt"
}

# One call for everything: a package of floyd_requirements.txt that doesn't go with the course's
# is refused with a reason instead of breaking TensorFlow silently.
install() {
  requirements=requirements.txt
  [ -z "$TENSORFLOW" ] || older_tensorflow
  set -- -r "$requirements"
  [ "$GPU" = 0 ] || set -- "$@" 'tensorflow[and-cuda]'
  [ -z "$EXTRA" ] || set -- "$@" -e ".[$EXTRA]"
  [ ! -f floyd_requirements.txt ] || set -- "$@" -r floyd_requirements.txt
  if command -v uv > /dev/null; then
    # uv's default, clones, lose the right to be executed on XFS (SkyPilot's constants.py says so).
    export UV_LINK_MODE="${UV_LINK_MODE:-hardlink}"
    uv pip install --python "$python" "$@"
  else
    "$python" -m pip install --disable-pip-version-check "$@"
  fi || fail "The packages could not be installed (the reason is above); they come from PyPI, so" \
    "a network is needed unless they are in uv's or pip's cache."
}

# An input that names a course data set and wasn't sent is downloaded, checked, and linked there.
fetch_unless_sent() { # NAME FOUND_AS MARKER DESTINATION
  local there="$floyd_input/$4" fetched
  where_is "$2" "$3" "$4"
  if [ -n "$place" ]; then
    say "$1 is at $place."
    return
  fi
  if [ -e "$there" ] && [ -n "$(ls -A "$there")" ]; then
    fail "$there holds something else than the data set $1: there is no $3 in it."
  fi
  say "$1 wasn't sent; fetching it."
  fetched=$("$python" -m utils.cli data fetch "$1" | tail -n 1)
  make_writable "$there"
  if [ -d "$fetched" ]; then
    ln -s "$fetched"/* "$there"
  else
    ln -s "$fetched" "$there/$2"
  fi
}

make_writable() { # FOLDER: make it; /floyd is root's on most machines
  mkdir -p "$1" 2> /dev/null || sudo mkdir -p "$1"
  [ -w "$1" ] || sudo chown "$(id -u):$(id -g)" "$1"
}

report setup
[ -f requirements.txt ] || fail "There is no requirements.txt in $PWD: send the course's folder."
if [ -n "${COURSE_VENV:-}" ]; then
  say "COURSE_VENV is set: $COURSE_VENV is used as it is, nothing is installed."
else
  say "Installing into $environment."
  make_environment
  install
fi
"$python" -c "$FITS" || fail "$python isn't a Python $PYTHONS."

# FloydHub's /output is a folder of the job's. A program may name it, so a cloud's machine, which
# is the job's alone, gets it at its root too; see in_place for any other.
mkdir -p output
if [ "$floyd_input" = /floyd/input ] && { [ -h /output ] || [ ! -e /output ]; }; then
  ln -sfn "$PWD/output" /output 2> /dev/null || sudo -n ln -sfn "$PWD/output" /output ||
    say "/output can't be made on this machine: it is $PWD/output."
fi
