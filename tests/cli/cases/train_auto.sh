# The size that suits the length: more for more.
mkdir text
i=0
while [ $i -lt 40 ]; do
    seq $((10000 * i)) $((10000 * i + 9999)) >text/part$i.txt
    i=$((i + 1))
done
plan="axl train --data text --out model --preset auto --dry-run --quick"
$plan --bytes 4000000 | sed -n 2p
$plan --steps 7324 | sed -n 2p
$plan --bytes 10000000 | sed -n 2p
$plan --minutes 10 --threads 2 | sed -n 2p
# The memory is kept, and what is given stays.
$plan --bytes 10000000 --max-ram 24M --json |
    awk '/"d_model"/ { print } /"all"/ && !seen++ { print ($2 + 0 <= 25165824) }'
$plan --bytes 1000000 --set max_seq_len=64 --set vocab_size=264 --optimizer lion --json |
    grep -E 'max_seq_len|"params"'
# Measured.
axl train --data text --out model --preset auto --dry-run --minutes 0.01 --json | grep '"speed"'
# Chosen and in config.json; a run that is gone on with keeps it, whatever would be chosen now.
axl train --data text --out model --preset auto --steps 4 --set batch=2 --set max_seq_len=32 \
    >/dev/null 2>err || cat err
grep -E '"(d_model|n_layers_per_scale)"' model/config.json
axl train --data text --out model --preset auto --steps 4 --set batch=2 --set max_seq_len=32 \
    --resume >/dev/null 2>err || cat err
cat >config.yaml <<'Y'
preset: auto
data: text
bytes: 1000000
Y
axl train --config config.yaml --out other --dry-run --quick | sed -n 1,2p
# Refused.
axl train --data text --out other --preset auto
echo $?
axl train --data text --out other --preset auto --minutes 1 --set d_ff=64
echo $?
axl train --data text --out other --preset auto --minutes 1 --set max_seq_len=30
echo $?
axl train --data text --out other --preset auto --minutes 1 --max-ram 1M
echo $?
ls
