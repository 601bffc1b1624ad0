mkdir -p text pairs/docs
for i in 1 2 3 4 5 6; do
    for j in 1 2 3 4 5 6 7 8 9; do echo "def f$j(x): return x + $i"; done >text/part$i.py
done
i=0
while [ $i -lt 60 ]; do
    printf '{"prompt": "Code:\\ndef f%d(a):\\n    return a + %d\\nDocstring:", "completion": "\\nAdds %d to a.\\n"}\n' $i $i $i
    i=$((i + 1))
done >pairs/docs/train.jsonl
head -n 3 pairs/docs/train.jsonl >pairs/docs/held.jsonl
axl train --data text --out base --quick --threads 1 --steps 2 --set batch=2 --set d_model=16 \
    --set n_heads=2 --set d_ff=16 --set n_layers_per_scale=1 --set max_seq_len=64 2>err >out || cat err
go_on="axl train --base base --quick --threads 1 --steps 2 --set batch=2"
$go_on --data text --out more --dry-run 2>err | head -n 4
$go_on --preset docs-lion --data pairs --data text --out docs --dry-run 2>err | head -n 5
$go_on --preset docs-lion --data pairs --data text --out docs 2>err >out || cat err
grep -o '"path": "[a-z/.]*", "weight": [0-9.]*' docs/results.json
grep 'began with' docs/README.md
$go_on --preset docs-lion --data pairs --data text --out docs --resume
$go_on --data text --out wide --set d_ff=24
$go_on --data text --out auto --preset auto
$go_on --data text --out file --base base/model.safetensors
axl train --base nowhere --data text --out model --steps 1
ls
