golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
mkdir data
cat >data/mbpp.jsonl <<'END'
{"text": "", "task_id": 11, "code": "def f(x):\r\n  return x", "test_setup_code": "", "test_list": ["assert f(1) == 1"], "challenge_test_list": []}
{"text": "", "task_id": 600, "code": "def sum(x):\r\n  return x", "test_setup_code": "", "test_list": ["assert sum(1) == 1"], "challenge_test_list": []}
END
if ! axl eval mbpp --reference --all --data data --json >out 2>err; then
    cat err >&2
    grep -q 'no sandbox' err && exit 77
fi
json_check benchmark answers shots samples temperature seed problem_count fitting context \
    pass_at.0.k pass_at.0.all.low pass_at.0.fitting.high verdicts.passed verdicts.ended \
    answer_seconds judge_seconds threads problems.1.id problems.1.verdict problems.1.answer <out
grep '"answers"\|problem_count\|verdicts\|"id"' out
axl eval mbpp --reference --data data --json | grep problem_count
axl eval mbpp model --no-record -n 10 --data data --json | grep '"samples"\|temperature\|"fits"\|"fitting": [0-9]'
