mkdir a b
cat >a/results.json <<'END'
{
  "model": {"preset": "docs-lion", "parameters": 9870112, "context": 512},
  "run": {"seconds": 600, "bytes": 1500000},
  "held_out": {"bpb": 1.75, "xz_bpb": 1.9},
  "tasks": {
    "docs": {
      "questions": 100, "unfit": 3, "primary": "similar",
      "figures": {"similar": {"value": 0.4, "low": 0.35, "high": 0.45, "count": 100}},
      "baselines": {
        "copied input": {"similar": {"value": 0.1, "low": 0.05, "high": 0.15, "count": 100}},
        "<most> frequent": {"similar": {"value": 0.38, "low": 0.33, "high": 0.43, "count": 100}}
      },
      "gain": {
        "copied input": {"value": 0.3, "low": 0.2, "high": 0.4, "count": 100},
        "<most> frequent": {"value": 0.02, "low": -0.03, "high": 0.07, "count": 100}
      }
    },
    "chat": {"primary": "exact", "figures": {"exact": {"value": 1e300, "low": -7, "high": 9}}}
  }
}
END
echo '{"bpb": 1}' >b/results.json
axl eval compare a b --html page.html
axl eval compare a b --json >out || exit
json_check models.0.tasks.docs.value models.0.tasks.docs.baselines_beaten models.1.bpb <out
# A page by itself, with names as text and never as markup.
grep -c '<h2>Task docs</h2>' page.html
grep -c '&lt;most&gt; frequent' page.html
grep -c 'beats 1 of 2; 3 of 100 questions did not fit' page.html
grep -E '<script|https?:|<most>' page.html
[ "$(grep -o '<svg' page.html | wc -l)" = "$(grep -o '</svg>' page.html | wc -l)" ]
grep -c 'x1="6" x2="166"' page.html
# What a stranger's results.json calls things stays harmless on a terminal.
mkdir c
printf '{"tasks": {"do\\u001b[31mcs": {"primary": "a\\u007fb", "figures": {"a\\u007fb": {"value": 0.5}}}}}\n' \
    >c/results.json
axl eval compare c | grep -c 'do\\x1b\[31mcs *a\\x7fb'
axl eval compare c --json | LC_ALL=C grep -c '"figure": "a\\u007fb"'
