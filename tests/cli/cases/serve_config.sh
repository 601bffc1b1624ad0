golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" axl-micro
ln -s "$golden/batch_ignored" infills
for client in continue llama.vim langchain llamaindex openai; do
    echo "== $client"
    axl serve axl-micro --print-config $client
done
echo "== another place, a key, a model that fills in, a name that is taken"
export AXL_API_KEY=secret
axl serve infills --name my-qwen --host 0.0.0.0 --port 9000 --print-config continue
axl serve infills --host ::1 --print-config llama.vim
