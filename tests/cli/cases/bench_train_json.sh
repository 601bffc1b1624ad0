small="--set d_model=32 --set n_heads=2 --set d_ff=40 --set n_layers_per_scale=1"
for dtype in f32 bf16; do
    axl bench train --quick --json --threads 2 --dtype $dtype --batch 2 --length 30 $small >document ||
        exit
    json_check preset dtype level threads quick params batch length bytes_per_s bytes_per_s_min \
        bytes_per_s_max repetitions gflops peak share rss_mib planned_mib <document
    grep -E '"(preset|dtype|params|batch|length)"' document
done
axl bench train --quick --json --recompute --preset micro-600k --batch 1 --length 64 | json_check share
