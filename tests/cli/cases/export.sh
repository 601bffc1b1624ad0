ln -s "$(dirname "$0")/../../golden/full_groups" model
printf 'import sys\n\n\ndef main():\n    sys.exit(0)\n' >g.py
axl export model --ollama out --type q4_k_m --name little --eval g.py --limit 20 --threads 1
ls out
head -1 out/Modelfile
grep -c '^| \*\*this file\*\* | 9\.' out/README.md
# The same file for any number of threads, and no figure where nobody measured.
axl export model --ollama again --type q4_k_m --name little --all --threads 2 | grep -v '^blk'
cmp out/little-q4_k_m.gguf again/little-q4_k_m.gguf && echo same
grep -c 'bits per byte' again/README.md
axl export model/ --ollama third --json >document || exit
json_check model out file type model_params params bytes bits infills context scored_bytes \
    model_bpb bpb level threads tensors <document
grep -E '"(file|type|params|bits|context|scored_bytes|model_bpb)": [^{]*,$' document | grep -v name
grep -c '"name"' document
