# A build without libcurl says so, which is another test.
axl data pull http://127.0.0.1:1/x --out none --sha256 abc 2>&1 | grep -q 'cannot fetch' && exit 77
for words in "--sha256 abc http://127.0.0.1:1/x" "hf:alone" "ftp://127.0.0.1/x" "file:///etc/passwd"; do
    axl data pull $words --out there
    echo "$? $words"
done 2>&1
ls
