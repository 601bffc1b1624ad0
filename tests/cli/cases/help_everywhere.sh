# --help of every command is its help, and nothing else happens.
for c in "" bench "bench peak" "bench gemm" "bench kernels" "bench train" "bench decode" \
    "bench prefill" cpu eval "eval bpb" "eval logits" help models suggest train version; do
    axl $c --help >option || echo "axl $c --help: $?"
    axl help $c >command || echo "axl help $c: $?"
    cmp option command
    axl $c -h | cmp - command
done
