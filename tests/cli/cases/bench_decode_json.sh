small="--set d_model=32 --set n_heads=2 --set d_ff=40 --set n_layers_per_scale=1"
for dtype in f32 bf16 q8_0 q4_k_m; do
    axl bench decode --quick --json --threads 2 --dtype $dtype $small >document || exit
    json_check preset dtype level threads quick params length streams bytes_per_s repetitions peak share read_bytes \
        memory rss_mib planned_mib <document
    grep -E '"(dtype|length|streams)"' document
done
axl bench decode --quick --json --threads 2 --streams 5 $small >document || exit
grep streams document
axl bench decode --quick --threads 2 --streams 3 $small | grep streams
axl bench decode --quick --streams 2 --peer llama.cpp 2>&1
echo $?
