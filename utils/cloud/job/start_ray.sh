export -f job work in_place say fail start_ray head_answers with_ray lend one_machine
main=job
[ "${SKYPILOT_NODE_RANK:?is set by SkyPilot}" = 0 ] || main=lend
exec "$limiter" -s TERM -k 30 "$MAX_RUNTIME" bash -c "$main"
