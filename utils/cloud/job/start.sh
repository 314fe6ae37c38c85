export -f job work
exec "$limiter" -s TERM -k 30 "$MAX_RUNTIME" bash -c job
