# Several machines become one Ray cluster of our own, beside SkyPilot's, which has port 6380 and
# its dashboard agent on 52365. Whoever can reach the port must know the launch's token.
# `ray symmetric-run` does all this, but refuses where a Ray runs already, and ends by `ray stop`,
# which would end SkyPilot's too, and with it the job.
ray_port="${COURSE_RAY_PORT:-6379}"
ray_head=$(printf '%s\n' "${SKYPILOT_NODE_IPS:?is set by SkyPilot}" | head -n 1)
[ -n "${JUPYTER_TOKEN:-}" ] || fail "JUPYTER_TOKEN isn't set: Ray would let anybody in."
export ray_port ray_head
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN="$JUPYTER_TOKEN" RAY_USAGE_STATS_ENABLED=0
export RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S=0 # the job is over: nothing to wait for
export RAY_ADDRESS="$ray_head:$ray_port"

start_ray() {
  set -- "$@" --block --disable-usage-stats --dashboard-agent-listen-port=52366
  [ "${SKYPILOT_NUM_GPUS_PER_NODE:-0}" = 0 ] || set -- "$@" --num-gpus="$SKYPILOT_NUM_GPUS_PER_NODE"
  env -u RAY_ADDRESS ray start "$@" &
  ray=$!
}

head_answers() { (exec 3<> "/dev/tcp/$ray_head/$ray_port") 2> /dev/null; }

# The first machine: the job itself, once all machines have joined.
with_ray() {
  local status=1
  start_ray --head --node-ip-address="$ray_head" --port="$ray_port" --include-dashboard=false \
    --ray-client-server-port="$((ray_port + 10))"
  until head_answers || ! kill -0 "$ray" 2> /dev/null; do sleep 1; done
  if head_answers && python -m utils.experiments.search.ray_nodes "$SKYPILOT_NUM_NODES"; then
    status=0
    one_machine || status=$?
  fi
  kill "$ray" 2> /dev/null
  wait "$ray" 2> /dev/null
  return "$status"
}

# The others: they lend their processors until the first one ends.
lend() {
  set -uo pipefail
  ray=
  trap '[ -z "$ray" ] || { kill "$ray"; wait "$ray"; }; exit 143' TERM
  local waited=0 missed=0
  until head_answers; do
    waited=$((waited + 2))
    [ "$waited" -lt 600 ] || fail "The first machine, $ray_head, doesn't answer on port $ray_port."
    sleep 2
  done
  start_ray --address="$RAY_ADDRESS"
  while [ "$missed" -lt 3 ]; do
    sleep 2
    if head_answers; then missed=0; else missed=$((missed + 1)); fi
    kill -0 "$ray" 2> /dev/null || [ "$missed" -gt 0 ] || fail "Ray has ended on this machine."
  done
  kill "$ray" 2> /dev/null
  wait "$ray" 2> /dev/null
  exit 0
}
