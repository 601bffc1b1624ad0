mkdir text
for i in 1 2 3 4; do head -c 1000 /dev/zero | tr '\0' "$i" | fold >text/part$i.txt; done
axl train --data text --out model --minutes 1 --preset micro-600k --dry-run
axl train text/part1.txt text/part2.txt --out model --minutes 1 --preset micro-600k --dry-run --json |
    json_check preset params batch length memory.all memory.activations disk.all data.train_bytes data.held_bytes
cat >config.yaml <<'Y'
preset: micro-600k
data: [text]
model:
  d_model: 12
train:
  batch: 3
minutes: 2
Y
axl train --config config.yaml --out model --set n_heads=2 --dry-run | head -n 1
ls
