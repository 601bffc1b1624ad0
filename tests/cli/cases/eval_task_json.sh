golden=$(dirname "$0")/../../golden
cp -r "$golden/full_groups" model
printf '%s\n' '{"prompt": "Q:\none two\nA:\n", "completion": "3\n"}' >held.jsonl
printf '%s\n' '{"prompt": "Q:\none two\nA:\n", "completion": "3"}' >pairs.jsonl
axl eval task chat model --data held.jsonl --train pairs.jsonl --json >out || exit
json_check task primary questions all_questions train_pairs level threads rows.0.name \
    rows.0.baseline rows.0.figures.exact.value rows.0.figures.similar.low \
    'rows.0.gain.copied input.high' rows.0.unfit rows.0.context rows.0.seconds rows.3.name \
    rows.3.figures.exact.count <out
json_check tasks.chat.figures.exact.value 'tasks.chat.baselines.copied input.exact.value' \
    'tasks.chat.gain.most frequent answer.low' tasks.chat.unfit <model/results.json
grep -v 'seconds\|level\|threads\|similar' out
