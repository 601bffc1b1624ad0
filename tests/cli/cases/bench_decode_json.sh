small="--set d_model=32 --set n_heads=2 --set d_ff=40 --set n_layers_per_scale=1"
for dtype in f32 bf16 q8_0 q4_k_m; do
    axl bench decode --quick --json --threads 2 --dtype $dtype $small >document || exit
    json_check preset dtype level threads quick params length bytes_per_s repetitions peak share read_bytes \
        memory rss_mib planned_mib <document
    grep -E '"(dtype|length)"' document
done
