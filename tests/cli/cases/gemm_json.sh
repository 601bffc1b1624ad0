axl bench gemm --quick --no-peers --json --threads 2 >document || exit
json_check threads peak.f32 peak.bf16 rows.0.dtype rows.0.form rows.0.m rows.0.n rows.0.k \
    rows.0.gflops rows.0.share rows.11.form geomean.f32.share geomean.f32.vs_onednn \
    geomean.bf16.share geomean.bf16.vs_onednn level quick peers.onednn peers.openblas <document
grep -o '"form": "[a-zA-Z]*"' document | sort | uniq -c
