# SIGTERM, because a shell starts background jobs with SIGINT ignored; both have one handler. It is
# sent once the program has said its first step.
axl bench peak --verbose 2>err &
child=$!
while [ ! -s err ]; do sleep 0.05; done
kill -TERM $child
wait $child
code=$?
tail -n 1 err >&2
exit $code
