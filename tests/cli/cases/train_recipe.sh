mkdir -p pairs/docs
i=0
while [ $i -lt 400 ]; do
    printf '{"prompt": "Code:\\ndef f%d(a):\\n    return a + %d\\nDocstring:", "completion": "\\nAdds %d to a.\\n"}\n' $i $i $i
    i=$((i + 1))
done >pairs/docs/train.jsonl
printf '{"prompt": "Code:\\ndef g(x):\\n    return x\\nDocstring:", "completion": "\\nWhat x is.\\n"}\n' >pairs/docs/held.jsonl
axl train --preset docs-lion --data pairs --out model --dry-run --quick --threads 1 2>err | head -n 5
# What is said goes before what the recipe says.
axl train --preset docs-lion --data pairs --out model --dry-run --quick --threads 1 --steps 3 \
    --set max_seq_len=128 2>err | head -n 5
axl train --preset docs-lion --data pairs --out model --dry-run --quick --json 2>err >out
json_check recipe plan.seconds <out
# A recipe is for its own pairs; other presets say how long.
axl train --preset fixer-12m --data pairs --out model --dry-run --quick 2>&1 | head -n 1
axl train --preset docs-lion --data pairs --out model --quick --threads 1 --steps 2 \
    --set batch=1 --set d_model=16 --set n_heads=2 --set d_ff=16 --set n_layers_per_scale=1 >out 2>&1 ||
    cat out
grep -c 'pairs/docs/train.jsonl' model/results.json
grep -o '"answers_only": [01]' model/results.json
grep -o '"grow": [0-9.]*' model/results.json
