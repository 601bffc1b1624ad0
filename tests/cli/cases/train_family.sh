family=$(cd "$(dirname "$0")/../../.." && pwd)/scripts/train_family
mkdir -p pairs/docs
i=0
while [ $i -lt 60 ]; do
    printf '{"prompt": "Code:\\ndef f%d(a):\\n    return a + %d\\nDocstring:", "completion": "\\nAdds %d to a.\\n"}\n' $i $i $i
    i=$((i + 1))
done >pairs/docs/train.jsonl
sed 's/f\([0-9]\)/g\1/g;s/Adds/It adds/' pairs/docs/train.jsonl | head -n 30 >pairs/docs/held.jsonl
sed 's/.*/some text of line &/' pairs/docs/train.jsonl >text
run() {
    "$family" --axl axl --pairs pairs --text text --out models --threads 1 --set steps=2 \
        --set batch=1 --set d_model=16 --set n_heads=2 --set d_ff=16 --set n_layers_per_scale=1 \
        "$@" >out 2>err || {
        echo "status $?"
        grep train_family err
    }
}
run --samples 4 docs-lion micro-lion
cat models/family.txt
json_check models.0.tasks.docs.value models.1.bpb <models/family.json
grep -c '<h2>Task docs</h2>' models/family.html
# What is done is not done again, what failed keeps nobody from the rest.
cp models/docs-lion/model.safetensors before
run docs-lion no-such chat-lion
grep already out
cmp before models/docs-lion/model.safetensors
# The page is of all that are there, whichever were named.
json_check models.0.tasks.docs.value models.1.bpb <models/family.json
# A run that was killed goes on from its checkpoint, also where the folder has no model yet.
mv models/micro-lion/checkpoints kept
rm -r models/micro-lion
mkdir models/micro-lion
mv kept models/micro-lion/checkpoints
run micro-lion
ls models/micro-lion/config.json models/micro-lion/results.json
"$family" --axl axl --out models
echo $?
