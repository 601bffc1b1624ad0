# The reader goes away, and a signal comes: each ends a text that would never end.
golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
forever="axl generate model --prompt x --ignore-end --max-bytes 1000000000000"
{ $forever; echo "status $?" >&2; } | head -c 100 >/dev/null
$forever >text &
child=$!
while [ ! -s text ] && kill -0 $child; do sleep 0.05; done
kill -TERM $child
wait $child
echo "status $?" >&2
$forever --max-seconds 0.2 --stats 2>&1 >/dev/null | grep -c "ended by time"
