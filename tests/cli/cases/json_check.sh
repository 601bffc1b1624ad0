# The checker itself must refuse what is not JSON.
for text in '' '{' '{"a":1,}' '[1 2]' '01' '1.' '"\x"' '{a:1}' '[] []' 'nul' '"a' '[1,]' '-'; do
    printf '%s' "$text" | json_check 2>/dev/null && echo "accepted: $text"
done
printf '{"a": [1, {"b": null}]}' | json_check a.1.c
printf ' {"a" : [-1.5e+3, {"b": "\\u00e4\\n"}, true, [], {}]} ' | json_check a.0 a.1.b a.4
