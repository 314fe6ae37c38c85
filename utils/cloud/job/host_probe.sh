# What a machine that ssh reaches has of what a job needs: a line each that begins with course-.
PATH="$HOME/.local/bin:$PATH"
fits='import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
tell() { printf 'course-%s=%s\n' "$1" "$2"; }
tell rsync "$(command -v rsync)"
tell limiter "$(command -v timeout || command -v gtimeout)"
tell python "$(command -v uv)"
for candidate in python3.12 python3.13 python3.11 python3 python; do
  if "$candidate" -c "$fits" 2> /dev/null; then
    tell python "$candidate"
    break
  fi
done
if [ -n "${COURSE_VENV:-}" ]; then
  tell venv "$COURSE_VENV"
  [ ! -x "$COURSE_VENV/bin/python" ] || tell venv_python yes
  [ ! -x "$COURSE_VENV/bin/python" ] || tell python "$COURSE_VENV"
fi
! nvidia-smi -L > /dev/null 2>&1 || tell gpu yes
tell free "$(df -Pk "$HOME" | awk 'NR == 2 { print $4 }')"
