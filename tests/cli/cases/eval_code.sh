golden=$(dirname "$0")/../../golden
cp -r "$golden/full_groups" model
mkdir data
cat >data/HumanEval.jsonl <<'END'
{"task_id": "HumanEval/0", "prompt": "def f(x):\n", "entry_point": "f", "canonical_solution": "    return x + 1\n", "test": "def check(candidate):\n    assert candidate(1) == 2\n"}
{"task_id": "HumanEval/1", "prompt": "def g(x):\n    \"long\"\n", "entry_point": "g", "canonical_solution": "    return [x]\n", "test": "def check(candidate):\n    assert candidate(1) == [1]\n"}
END
if ! axl eval humaneval --reference --data data --threads 1 2>err; then
    cat err >&2
    grep -q 'no sandbox' err && exit 77
fi
axl eval humaneval --wrong --data data/HumanEval.jsonl --threads 1
# One of them does not fit; nothing is recorded for a part of the problems.
axl eval humaneval model --data data --room 12 --samples 1000 --threads 1
ls model
axl eval humaneval model --data data --room 12 --threads 1 >/dev/null
cat model/README.md
json_check programs.humaneval.pass_at.0.all.value programs.humaneval.fitting <model/results.json
# What cannot be recorded is printed nevertheless.
echo '[]' >model/results.json
axl eval humaneval model --data data --room 12 --threads 1 2>&1 >out
echo "exit $?, $(grep -c . out) lines"
