export -f job work in_place say
exec "$limiter" -s TERM -k 30 "$MAX_RUNTIME" bash -c job
