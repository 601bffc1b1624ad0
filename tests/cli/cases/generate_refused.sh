golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
: >empty
refused() {
    axl generate "$@" </dev/null
    echo "$?"
}
refused
refused model other
refused none
refused model --prompt x --file empty
refused model --file none
refused model --prompt x --suffix y
refused model --prompt x --top-p 0
refused model --prompt x --temperature -1
refused model --prompt x --temperature hot
refused model --prompt x --top-k -1
refused model --prompt x --logprobs 2
refused model --prompt x --logprobs 21 --json
refused model --prompt x --n 65
