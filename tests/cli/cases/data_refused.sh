mkdir in
echo 'x = 1' >in/a.py
for words in "filter in" "filter in out.jsonl --licence maybe" "filter in out.jsonl --near 0.2" \
    "filter in out.jsonl --min-alnum 3" "filter absent out.jsonl" "filter in in" \
    "filter in out.jsonl --against in/a.py" "filter in out.jsonl --max-bytes 1G" "mix in" \
    "mix in:0.0001 in/a.py --out out.jsonl" "split in --out sets" "split in --out sets --held 0.7" \
    "stats" "pull --out there"; do
    axl data $words
    echo "$? $words"
done 2>&1
ls
