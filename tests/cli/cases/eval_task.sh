golden=$(dirname "$0")/../../golden
cp -r "$golden/full_groups" model
mkdir chat
printf '%s\n' '{"prompt": "Q:\none two\nA:\n", "completion": "3\n"}' \
    '{"prompt": "Q:\ntwo two\nA:\n", "completion": "two two\n"}' \
    '{"prompt": "Q:\nthis question is much too long\nA:\n", "completion": "7"}' >chat/held.jsonl
axl eval task chat model --data chat/held.jsonl
echo $?
printf '%s\n' '{"prompt": "Q:\none two\nA:\n", "completion": "3"}' >chat/train.jsonl
axl eval task chat model --data chat/held.jsonl >/dev/null
grep -c '^## Task `chat`' model/README.md
grep -c 'nearest question' model/README.md
axl eval task secure model --data chat/held.jsonl --samples 1 --no-record
grep -q secure model/README.md || echo 'not recorded'
