i=0
while [ $i -lt 60 ]; do
    printf 'def name_%02d(value):\n    return value + %02d\n\n\n' $i $i
    i=$((i + 1))
done >text.py
axl train --data text.py --out model --preset micro-lion --set d_model=32 --set n_heads=2 \
    --set d_ff=64 --set n_layers_per_scale=1 --set max_seq_len=256 --steps 1 --threads 1 \
    >/dev/null 2>&1 || exit
axl eval line model text.py --samples 6 --threads 1
cp model/README.md before
axl eval line model text.py --samples 6 --precision 0.5 --no-record --json >out || exit
json_check model lines found too_long bytes exact.value exact.low exact.high accepted \
    asked_precision saved keys offers right odds.1 context level threads seconds <out
grep '"lines"\|"found"\|asked' out
cmp before model/README.md
grep -c '^## Lines completed' model/README.md
json_check programs.line.exact.value programs.line.saved <model/results.json
# What cannot be recorded is printed nevertheless.
echo '[]' >model/results.json
axl eval line model text.py --samples 6 --threads 1 2>&1 >out
echo "exit $?, $(grep -c . out) lines"
