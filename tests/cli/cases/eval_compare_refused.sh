mkdir a b
echo '[1]' >b/results.json
axl eval compare
echo $?
axl eval compare a
echo $?
axl eval compare b
echo $?
echo '{"tasks": {"x": ' >b/results.json
axl eval compare b
echo $?
echo '{}' >b/results.json
axl eval compare b --html nowhere/page.html
echo $?
