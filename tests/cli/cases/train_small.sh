mkdir text
for i in 1 2 3 4 5 6; do
    for j in 1 2 3 4 5 6 7 8 9; do echo "def f$j(x): return x + $i"; done >text/part$i.py
done
small="--set d_model=8 --set n_heads=2 --set d_ff=10 --set n_layers_per_scale=1 --set max_seq_len=32"
run="axl train --data text $small --set batch=2 --set log_every=4 --threads 1"
$run --steps 9 --out whole --prompt 'def ' 2>err
cat err | sed 's/  .*//'
$run --steps 9 --out again --threads 2 2>/dev/null >/dev/null
cmp whole/model.safetensors again/model.safetensors
$run --steps 9 --out whole --resume
ls whole | sort
axl eval bpb whole text/part1.py --json | json_check bpb bytes files.0.bpb
# Stopped by a signal, gone on with: the same weights.
$run --steps 600 --out long 2>/dev/null >/dev/null
$run --steps 600 --out parts 2>stopped &
child=$!
until grep -q step stopped 2>/dev/null || ! kill -0 $child 2>/dev/null; do sleep 0.05; done
kill -TERM $child
wait $child
echo $?
tail -n 1 stopped | sed 's/step [0-9]*/step N/'
$run --steps 600 --out parts --resume 2>/dev/null >/dev/null
cmp long/model.safetensors parts/model.safetensors && echo equal
