golden=$(dirname "$0")/../../golden
ln -s "$golden/batch_ignored" infills
ln -s "$golden/full_groups" plain

# start OPTION...: the server's first line says where it is.
start() {
    rm -f out
    axl serve "$@" >out 2>log &
    child=$!
    until grep -qs 'try:' out || ! kill -0 "$child" 2>/dev/null; do sleep 0.05; done
    url=$(sed -n 's/^axl serve: listening at //p' out)
}
# stop: how it ended, and what of its log is not a line for a request.
stop() {
    kill -TERM "$child"
    wait "$child"
    echo "exit $?"
    grep -vE '^20[0-9T:-]+Z [^ ]+ (GET|POST) /[^ ]* [0-9]{3} read [0-9]+ wrote [0-9]+ in [0-9.]+ ms' log
}

echo "== two models"
start infills plain --name one --port 0 --threads 1
sed 's/:[0-9][0-9]*/:PORT/g' out
axl doctor "$url" >report
echo "doctor $?"
sed 's/ ([0-9]* ms)//; s/:[0-9][0-9]*, model/:PORT, model/' report
axl doctor "$url/v1" --json | json_check url model failed checks.0.client checks.0.ok checks.26.ok
axl doctor "$url" --model plain >report
echo "doctor $?"
grep -A 1 FAIL report
# The port is taken.
axl serve plain --port "${url##*:}" 2>err
echo "exit $?"
sed 's/port [0-9]*/port PORT/' err
grep -c ' one ' log | sed 's/[0-9][0-9]*/some lines name the model/'
stop

echo "== keys"
printf '# of the team\n\n first-key \nsecond-key\n' >keys
start infills --port 0 --api-key-file keys
axl doctor "$url" >/dev/null
echo "doctor $?"
AXL_API_KEY=second-key axl doctor "$url" | tail -n 1
axl doctor "$url" --api-key-file keys | tail -n 1
grep -c key log
stop
start infills --port 0 --api-key seen --no-log
AXL_API_KEY=seen axl doctor "$url" | tail -n 1
stop

echo "== a socket"
start infills --socket here.sock
sed "s|$PWD|DIR|g" out
axl doctor "unix:$PWD/here.sock" | tail -n 1
axl serve plain --socket here.sock
echo "exit $?"
stop
[ ! -e here.sock ] || echo "the socket is still there"
axl doctor "unix:$PWD/here.sock" 2>/dev/null
echo "doctor $?"
