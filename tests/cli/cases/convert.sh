golden=$(dirname "$0")/../../golden/full_groups
axl convert "$golden" a.gguf
axl convert a.gguf b.pt
axl convert b.pt c.safetensors
axl convert c.safetensors d
axl convert d e.gguf --json | json_check from to tensors params bytes
cmp a.gguf e.gguf && cmp "$golden/config.json" d/config.json && echo equal
axl convert d a.gguf
echo $?
axl convert "$golden" d
echo $?
axl convert d a.gguf --force >/dev/null
cmp a.gguf e.gguf && echo equal
# The numbers are the same, so are the predictions.
printf 'def f(x):\n    return x\n' >text
axl eval logits "$golden" text --out one >/dev/null
axl eval logits d text --out two >/dev/null
cmp one two && echo equal
# One byte of the data is another.
size=$(wc -c <a.gguf)
head -c $((size - 40)) a.gguf >damaged.gguf
printf '\377' >>damaged.gguf
tail -c 39 a.gguf >>damaged.gguf
axl convert damaged.gguf f
echo $?
ls f 2>/dev/null
axl convert
axl convert nothing g.pt
echo $?
