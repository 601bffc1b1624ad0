golden=$(dirname "$0")/../../golden/full_groups
axl convert "$golden" a.gguf >/dev/null
axl inspect a.gguf | sed -n '1,12p'
axl inspect "$golden" --json --hash | json_check kind files.0.sha256 files.1.tensors.0.name files.1.params
axl inspect "$golden" --hash | grep -c sha256
# A name that would command a terminal, and one that turns the text around.
json="{\"__metadata__\":{\"a\":\"b\\\\nc\"},\"$(printf '\302\205\342\200\256')\\u001b[31mx\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"
size=$(printf %s "$json" | wc -c)
printf "\\$(printf %o "$size")\\0\\0\\0\\0\\0\\0\\0%sx" "$json" >hostile
axl inspect hostile
axl inspect hostile --json | json_check files.0.tensors.0.name
head -c 100 a.gguf >cut.gguf
axl inspect cut.gguf
echo $?
axl inspect nothing
echo $?
mkdir empty
axl inspect empty
echo $?
