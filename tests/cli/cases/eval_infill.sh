golden=$(dirname "$0")/../../golden
cp -r "$golden/batch_ignored" model
mkdir data
cat >data/HumanEval-RandomSpanInfillingLight.jsonl <<'END'
{"task_id": "Light/0", "entry_point": "f", "prompt": "f", "suffix": "", "canonical_solution": " = abs", "test": "def check(candidate):\n    assert candidate(-1) == 1\n"}
END
if ! axl eval infill --reference --spans light --data data --threads 1 2>err; then
    cat err >&2
    grep -q 'no sandbox' err && exit 77
fi
axl eval infill model --spans light --data data --room 2 --threads 1
json_check programs.infill_light.exact.all.value <model/results.json
grep -c 'exact match' model/README.md
