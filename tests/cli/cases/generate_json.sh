golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
axl generate model --prompt 'ab' --seed 3 --max-bytes 4 --ignore-end --logprobs 2 --n 2 --json >out || exit
json_check model prompt_bytes prompt_seconds seed level threads text bytes end seconds bytes_per_s \
    passes drafted drafts_right logprobs.3.byte logprobs.3.logprob logprobs.3.top.1.symbol \
    choices.0.text choices.1.logprobs.0.top.0.logprob <out
grep -E '^  "(model|prompt_bytes|seed|bytes|end)"' out
# Without bytes there is no speed.
axl generate model --prompt 'ab' --max-bytes 0 --json | json_check text bytes end seed
axl generate model --prompt 'ab' --max-bytes 4 --seed 3 --ignore-end --stats 2>&1 >/dev/null |
    sed 's/[0-9.]* s (.*)/TIME/; s/[0-9]* passes.*/PASSES/'
