mkdir text
for i in 1 2 3 4; do head -c 1000 /dev/zero | tr '\0' "$i" | fold >text/part$i.txt; done
axl train --data text --out model --minutes 1 --preset micro-600k --dry-run --quick --threads 2
axl train text/part1.txt text/part2.txt --out model --minutes 0.5 --preset micro-600k --dry-run --json 2>/dev/null |
    json_check preset params model.d_model batch length memory.all memory.activations memory.program \
        memory.fits disk.all data.train_bytes data.held_bytes plan.bytes_per_s plan.speed plan.steps \
        plan.bytes plan.seconds plan.passes plan.fit plan.too_large plan.auto_bytes
cat >config.yaml <<'Y'
preset: micro-600k
data: [text]
model:
  d_model: 12
train:
  batch: 3
minutes: 2
Y
axl train --config config.yaml --out model --set n_heads=2 --dry-run --quick 2>/dev/null | head -n 1
# Steps and bytes say how much text: nothing of it is measured.
axl train --data text --out model --steps 7 --preset micro-600k --dry-run --quick --json | grep '"bytes"'
axl train --data text --out model --bytes 4097 --preset micro-600k --dry-run --quick --json | grep '"steps"'
# Far too large for the text that it sees, far too small, too many passes.
axl train --data text --out model --bytes 2000000 --threads 2 --dry-run --quick >/dev/null
axl train --data text --out model --bytes 2000000 --dry-run --quick --json 2>/dev/null |
    grep -o '"too_large": true'
small="--threads 2 --set d_model=8 --set n_heads=2 --set d_ff=10 --set n_layers_per_scale=1"
i=0
while [ $i -lt 60 ]; do
    head -c 20000 /dev/zero | tr '\0' "$i" | sed "s/$/$i/" | fold >text/more$i.txt
    i=$((i + 1))
done
axl train --data text --out model --bytes 5000000 $small --dry-run --quick >/dev/null
ls
