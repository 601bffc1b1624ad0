mkdir -p in/a in/b in/c
cat >in/a/one.py <<'END'
def area(width, height):
    """Return the area of width and height."""
    # A box has four sides here.
    size = width * height
    return size
END
cat >in/b/two.py <<'END'
def join(names):
    """Return the names in one line."""
    return ', '.join(names)
END
sed 's/join/glue/; s/, /; /' in/b/two.py >in/c/three.py
printf 'def broken(:\n' >in/c/broken.py
printf 'no Python\n' >in/c/read.me
axl data make docs --from in --out sets --offline --seed 2 2>err
status=$?
if grep -q 'cannot read Python' err; then
    cat err >&2
    exit 77
fi
cat err
echo $status
cat sets/docs/train.jsonl sets/docs/held.jsonl
axl data make docs --from in --out sets --seed 2 2>&1
echo $?
# The same bytes at any number of threads; another seed has other faults or other projects.
for threads in 1 3; do
    axl data make fix --from in --out t$threads --seed 2 --threads $threads >/dev/null || echo "failed: $?"
done
cmp t1/fix/train.jsonl t3/fix/train.jsonl
cmp t1/fix/held.jsonl t3/fix/held.jsonl
axl data make chat --from in --out sets --limit 1 --json >json || exit
json_check tasks train_files held_files train_projects held_projects left_out.syntax left_out.not_python \
    <json || cat json
wc -l <sets/chat/train.jsonl
# All of them; those that run code where that can be done.
axl data make all --from in --out all --json >json || exit
json_check tasks <json || cat json
for task in docs comment fix refactor secure translate chat; do
    [ -s all/$task/manifest.json ] || echo "no $task"
done
# Functions of numbers become C and JavaScript: real ones, and those that a grammar writes.
mkdir -p sums/a sums/b
printf 'def total(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n' >sums/a/one.py
sed 's/s += i/s += i * i/' sums/a/one.py >sums/b/two.py
axl data make translate --from sums --out sums >/dev/null || exit
cat sums/translate/*.jsonl >pairs
for language in C JavaScript; do
    grep -c "def total.*Language: $language.nResult:.*\"project\": \"[ab]\", .*\"line\": 1," pairs
done
grep -q '_made", .*"line": 0,' pairs || echo "no grammar"
axl help data make | grep -o 'testgen, translate, chat'
# Lines that name no path are still Python when they come through filter.
for p in a b; do
    printf '{"text": "def %s_%s(x):\\n    \\"\\"\\"Return the %s of x.\\"\\"\\"\\n    return x.%s()\\n", "project": "%s"}\n' \
        $p $p $p $p $p
done >lines.jsonl
axl data filter lines.jsonl clean.jsonl >/dev/null || exit
axl data make docs --from clean.jsonl --out lines >/dev/null || exit
cat lines/docs/train.jsonl lines/docs/held.jsonl | wc -l
# What it makes is what training and splitting read.
axl data stats all/fix/train.jsonl >/dev/null || echo "not read"
json_check made_by seed context held task train.jsonl.pairs held.jsonl.sha256 files_left_out \
    <sets/docs/manifest.json || cat sets/docs/manifest.json
