mkdir -p in/a
echo 'x = 1' >in/a/a.py
axl data make docs --from in --out out 2>err
if grep -q 'cannot read Python' err; then
    cat err >&2
    exit 77
fi
cat err
for words in "docs" "docs --from in" "docs --out out" "--from in --out out" "poems --from in --out out" \
    "docs --from absent --out out" "docs --from in --out out --held 0.7" \
    "docs --from in --out out --context 60" "docs --from in --out out --limit 0"; do
    axl data make $words
    echo "$? $words"
done 2>&1
ls
