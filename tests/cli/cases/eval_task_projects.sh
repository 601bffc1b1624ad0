# Questions of one project are drawn together, and too few projects are named as such.
golden=$(dirname "$0")/../../golden
cp -r "$golden/full_groups" model
line() { # PROJECT ANSWER COUNT
    for i in $(seq "$3"); do
        printf '{"prompt": "Q:\\nfour\\nA:\\n", "completion": "%s\\n", "project": "%s"}\n' "$2" "$1"
    done
}
(line a four 12; line b five 12) >held.jsonl
axl eval task chat model --data held.jsonl
sed -n '/^Held-out/p; /^Intervals/p' model/README.md
json_check tasks.chat.projects <model/results.json
sed 's/"b"}/"a"}/' held.jsonl >one.jsonl
axl eval task chat model --data one.jsonl
sed -n '/^Held-out/p; /^There are no/p' model/README.md
sed 's/, "project": "."//' held.jsonl >none.jsonl
axl eval task chat model --data none.jsonl --no-record | grep 'questions\|copied input  '
axl eval task chat model --data one.jsonl --samples 1 --json --no-record |
    grep '"projects\|"exact":' | head -n 2
