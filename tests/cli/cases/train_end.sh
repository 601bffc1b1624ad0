mkdir data val
for i in 1 2 3 4; do
    for j in 1 2 3 4 5 6 7 8 9; do echo "def f$i$j(x$j): return x$j + $i * $j"; done >data/part$i.py
done
for j in 1 2 3 4 5 6 7 8 9; do echo "class C$j: size = $j"; done >val/held.py
small="--set d_model=8 --set n_heads=2 --set d_ff=10 --set n_layers_per_scale=1 --set max_seq_len=32"
run="axl train --data data --val val $small --set batch=2 --steps 5 --threads 1 --quick"
# The figures are those of axl eval bpb.
$run --out out --json 2>/dev/null >result.json
json_check out steps held_out.bpb held_out.ppl held_out.gzip_bpb held_out.bytes held_out.files <result.json
axl eval bpb out val --json >eval.json
for file in result.json eval.json; do
    sed -n 's/.*"bpb": \([0-9.]*\).*/\1/p' $file | head -n 1
done | uniq | wc -l | tr -d ' '
# Held-out text in the data.
cp val/held.py data/copy.py
$run --out never
echo $?
rm data/copy.py
ls -d never 2>/dev/null
# Other data than the run began with.
echo '# more' >>data/part1.py
$run --out out --resume
echo $?
