axl version 2
echo $?
axl cpu -- --json
