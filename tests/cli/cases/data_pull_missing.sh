# Only a build without libcurl says what is missing.
axl data pull hf:alone --out there 2>said
code=$?
grep -q 'cannot fetch' said || exit 77
cat said
echo $code
ls
