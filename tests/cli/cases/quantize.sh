golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
printf 'import sys\n\n\ndef main():\n    sys.exit(0)\n' >g.py
axl quantize model eight.gguf --type q8_0 --eval g.py --limit 20 --threads 1
axl quantize model four.gguf --calibrate g.py --all --threads 2 | head -3
# The same file for any number of threads.
axl quantize model again.gguf --calibrate g.py --threads 1 >/dev/null
cmp four.gguf again.gguf && echo same
# What was written decodes.
axl eval bpb eight.gguf g.py --limit 20 --no-peers | tail -1
axl generate four.gguf --prompt def --max-bytes 4 --temperature 0 --ignore-end >text && wc -c <text
# Rows and groups are the same model, and nothing is lost on the way.
axl quantize model groups.gguf --layout groups >/dev/null
axl convert groups.gguf rows.gguf --layout rows >/dev/null
axl convert rows.gguf back.gguf --layout groups >/dev/null
cmp groups.gguf back.gguf && echo same
axl eval logits groups.gguf g.py --out one >/dev/null
axl eval logits rows.gguf g.py --out two >/dev/null
cmp one two && echo same
