golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
: >empty
echo '# no key' >comment
refused() {
    axl serve "$@"
    echo "$?"
}
refused
refused none
refused model model
refused model --name a --name b
refused model --name .hidden
refused model --port 65536
refused model --host 0.0.0.0
refused model --host 192.0.2.1 --port 0
refused model --host "" --port 0
refused model --api-key-file none
refused model --api-key-file empty
refused model --api-key-file comment
refused model --cors-origins example.org
refused model --allowed-host 'a b'
refused model --slots 0
refused model --max-body 65M
refused model --ollama-port 8880
refused model --print-config emacs
refused model --cpu none
refused model --socket none/here.sock
# An address that is not ours, with a key.
AXL_API_KEY=k axl serve model --host 192.0.2.1 --port 0
echo "$?"
axl doctor a b
echo "$?"
axl doctor gopher://x
echo "$?"
axl doctor http://127.0.0.1:1
echo "$?"
