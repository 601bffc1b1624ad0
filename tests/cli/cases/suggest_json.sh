axl suggest --quick --json --ram 16G | json_check threads level peak_gflops \
    memory_bytes minutes presets.0.name presets.24.fits presets.0.params presets.0.train_bytes \
    presets.0.assumed_share presets.0.bytes_seen presets.0.passes presets.0.balance_bytes presets.0.balance_minutes \
    sized.d_model sized.n_heads sized.d_ff sized.n_layers_per_scale sized.max_seq_len \
    sized.optimizer sized.settings
echo text >"a\"b"
axl suggest --quick --json --data "a\"b" | json_check data.path data.files data.bytes presets.0.passes
# What is available is the default.
axl suggest --quick --json | grep -c '"memory_bytes": [1-9]'
# Units: powers of 1024, in any of the usual spellings.
for size in 2g 2G 2Gi 2GiB 2GB 2048M 2097152k 2147483648 2147483648B 0.001953125T; do
    axl suggest --quick --json --ram $size | grep -o '"memory_bytes": .*'
done | sort | uniq -c | sed 's/^ *//'
