small="--set d_model=32 --set n_heads=2 --set d_ff=40 --set n_layers_per_scale=1"
axl bench prefill --quick --json --threads 2 --batch 2 --length 100 $small >document || exit
json_check preset dtype bytes_per_s share peak forward_bytes_per_s rss_mib planned_mib <document
grep -E '"(dtype|length|batch)"' document
