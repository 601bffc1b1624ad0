# --help of every command is its help, and nothing else happens.
for c in "" bench "bench peak" "bench gemm" "bench kernels" "bench train" "bench decode" \
    "bench prefill" chat cpu data "data filter" "data make" "data mix" "data pull" "data split" "data stats" \
    eval "eval bpb" "eval compare" "eval logits" "eval task" generate help models suggest train \
    version; do
    axl $c --help >option || echo "axl $c --help: $?"
    axl help $c >command || echo "axl help $c: $?"
    cmp option command
    axl $c -h | cmp - command
done
