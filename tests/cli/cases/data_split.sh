mkdir -p in/a in/b in/c in/d
for p in a b c d; do printf '%s = 1\n' $p >in/$p/one.py; done
printf 'shared = 1\n' >in/a/two.py
cp in/a/two.py in/b/two.py
cp in/a/two.py in/c/two.py
axl data split in --out sets --seed 7 || exit
cat sets/held.jsonl
axl data split in --out sets
echo $?
axl data split in --out sets --force --held 0.5 --json >json || exit
json_check train.projects train.sha256 held.documents left_out.held_out manifest <json || cat json
