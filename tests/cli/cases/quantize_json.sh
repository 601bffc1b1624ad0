ln -s "$(dirname "$0")/../../golden/full_groups" model
printf 'import sys\n' >g.py
axl quantize model few.gguf --json --eval g.py >document || exit
json_check model out type params bytes_before bytes_after bits calibrated_bytes scored_bytes \
    bpb_before bpb_after bpb_change seconds level threads tensors <document
grep -E '"(type|params|bytes_after|bits|scored_bytes)": [^{]*,$' document | grep -v name
grep -c '"name"' document
