mkdir -p a/x a/y b/z
for i in 1 2 3 4 5 6 7 8; do
    printf 'x = %d\n' $i >a/x/$i.py
    printf 'y = %d\n' $i >a/y/$i.py
    printf 'z = %d\n' $i >b/z/$i.py
done
axl data mix a:1 b:1 --bytes 48 --cap 30 --out mixed.jsonl || exit
wc -l <mixed.jsonl
axl data mix a:1 b:1 --bytes 48 --cap 30 --out again.jsonl >/dev/null || exit
cmp mixed.jsonl again.jsonl
axl data mix a:1 b:1 --bytes 48 --seed 2 --out other.jsonl >/dev/null || exit
cmp -s mixed.jsonl other.jsonl && echo "the seed does nothing"
axl data mix a b --temperature 4 --out folder --json >json || exit
json_check parts.0.share parts.1.documents parts.1.found_bytes written.files written.sha256 <json
cd folder && sha256sum -c --quiet SHA256SUMS
