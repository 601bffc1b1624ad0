mkdir text
for i in 1 2 3 4 5 6; do
    for j in 1 2 3 4 5 6 7 8 9; do echo "def f$j(x): return x + $i"; done >text/part$i.py
done
small="--set d_model=8 --set n_heads=2 --set d_ff=10 --set n_layers_per_scale=1 --set max_seq_len=32"
mkdir there
cd there
run="axl lr-find --data ../text $small --set batch=2 --threads 1"
$run
$run --json --steps 20 --from 0.0001 --to 0.01 |
    json_check preset optimizer params batch length proposed standard lowest diverged rows.0.rate \
        rows.0.bits rows.19.smooth
# Packed text is decoded somewhere else.
gzip -c ../text/part1.py >../packed.gz
axl lr-find ../packed.gz $small --set batch=2 --threads 2 --steps 2 --from 0.0001 --to 0.0002 | tail -n 1
axl lr-find --data ../text --preset auto --minutes 0.001 --steps 2 --max-ram 200M | sed -n 1p
$run --from 0.1 --to 0.01
echo $?
$run --steps 1001
echo $?
$run --steps 1
echo $?
axl lr-find
echo $?
ls -A
