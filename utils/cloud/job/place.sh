# place FOLDER: lines for bash that tell a job its two ports and what is its own in that folder.
free() { # PORT: the first from there on that nothing answers on
  local port="$1"
  while (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do port=$((port + 1)); done
  printf '%s\n' "$port"
}

place() {
  # By lot: two jobs that start at the same time would find the same ones free, long before they
  # listen.
  printf 'export JUPYTER_PORT=%s TENSORBOARD_PORT=%s\n' \
    "$(free $((20000 + RANDOM % 10000)))" "$(free $((30000 + RANDOM % 10000)))"
  printf 'export FLOYD_INPUT=%q\n' "$1/input"
  # Not the user's own settings of Jupyter, which may listen to the network.
  printf 'export JUPYTER_CONFIG_DIR=%q JUPYTER_DATA_DIR=%q JUPYTER_RUNTIME_DIR=%q IPYTHONDIR=%q\n' \
    "$1/jupyter/config" "$1/jupyter/data" "$1/jupyter/runtime" "$1/jupyter/ip"
}
