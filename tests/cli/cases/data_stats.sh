mkdir -p in/one in/two
printf 'a = 1\n\nb = 2\n' >in/one/a.py
cp in/one/a.py in/two/b.py
printf 'text\n' >in/two/c.txt
: >in/empty.py
axl data stats in || exit
axl data stats in --near 0 --json >json || exit
json_check documents bytes lines longest_line alnum duplicates near document_bytes.p50 \
    top_projects.0.name top_endings.1.bytes left_out.empty <json || cat json
