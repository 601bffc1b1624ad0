golden=$(dirname "$0")/../../golden
cp -r "$golden/full_groups" model
echo '{"prompt": "a", "completion": "b"}' >held.jsonl
echo '{"prompt": "a"}' >bad.jsonl
axl eval task
echo $?
axl eval task docs model
echo $?
axl eval task doc model --data held.jsonl
echo $?
axl eval task docs nowhere --data held.jsonl
echo $?
axl eval task docs model --data bad.jsonl
echo $?
axl eval task docs model --data held.jsonl --train absent
echo $?
axl eval task docs model --data held.jsonl --samples 0
echo $?
