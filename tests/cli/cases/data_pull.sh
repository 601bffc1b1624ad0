# Files of a server of this machine, axl serve's own page; a build without libcurl is another test.
here=$(dirname "$0")/../..
axl data pull http://127.0.0.1:1/x --out none --sha256 abc 2>&1 | grep -q 'cannot fetch' && exit 77
ln -s "$here/golden/full_groups" model
axl serve model --port 0 --threads 1 >out 2>log &
child=$!
until grep -qs 'try:' out || ! kill -0 "$child" 2>/dev/null; do sleep 0.05; done
icon=$(sed -n 's/^axl serve: listening at //p' out)/icon.svg
pull() {
    axl data pull "$icon" --out there "$@" 2>&1 | sed 's/:[0-9][0-9]*\//:PORT\//; s/svg: [0-9.]* [kM]*B/svg: SIZE/;
        s/[0-9a-f]\{64\}/HEX/'
}
# A cap of a byte, and of less than one, is a cap: nothing is there that looks whole.
for most in 0.000000001 0.0000000001; do
    pull --max-gb $most
    ls there
done
pull --max-gb 0.1
cmp there/icon.svg "$here/../web/icon.svg"
ls there
pull --max-gb 0.000000001
axl data pull "$icon" --out there --max-gb 0 2>&1
echo $?
axl data pull "$icon" --out other --max-gb 0.000000001 --json >json
json_check bytes items.0.what items.0.path <json
grep -o '"state": "[a-z]*"' json
kill -TERM "$child"
wait "$child"
echo "exit $?"
