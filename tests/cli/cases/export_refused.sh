golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
ln -s "$golden/no_cross" alone
mkdir full
: >full/file
: >empty
axl export model
echo $?
axl export --ollama out
echo $?
axl export model --ollama out --type q4_km
echo $?
axl export model --ollama out --type q6_k
echo $?
axl export model --ollama out --name ../up
echo $?
axl export model --ollama full
echo $?
axl export model --ollama full/file
echo $?
axl export alone --ollama out
echo $?
axl export nowhere --ollama out
echo $?
axl quantize model few.gguf >/dev/null
axl export few.gguf --ollama out
echo $?
axl export model --ollama out --eval nothing
echo $?
axl export model --ollama out --eval empty
echo $?
ls out 2>/dev/null
axl export model --ollama full --force >/dev/null && ls full
