golden=$(dirname "$0")/../../golden
echo text >text
axl eval logits "$golden/full_groups" text
echo $?
axl eval logits "$golden/full_groups" --out logits
echo $?
axl eval logits nowhere text --out logits
echo $?
cp -r "$golden/full_groups" broken
: >broken/model.safetensors
axl eval logits broken text --out logits
echo $?
ln -s "$golden" golden
axl eval logits golden/full_groups absent --out logits
echo $?
axl eval logits golden/full_groups text --out missing/logits
echo $?
ls
