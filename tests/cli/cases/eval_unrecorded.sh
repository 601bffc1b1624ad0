# Figures that cannot go into the model's directory are printed; the exit code says that they are
# not there, and the other models have theirs.
golden=$(dirname "$0")/../../golden
cp -r "$golden/full_groups" one
cp -r "$golden/full_groups" two
echo '[]' >one/results.json
printf '%s\n' '{"prompt": "Q:\none two\nA:\n", "completion": "3\n"}' >held.jsonl
axl eval task chat one two --data held.jsonl 2>&1
echo $?
cat one/results.json
[ -e one/README.md ] && echo 'a card without results'
json_check tasks.chat.figures.exact.value <two/results.json
axl eval task chat one --data held.jsonl --json >out
echo $?
json_check task rows.0.name <out
axl eval task chat one --data held.jsonl --no-record >/dev/null
echo $?
# A failure of before is the one that is told.
echo '{' >two/results.json
axl eval task chat one two --data held.jsonl >/dev/null
echo $?
