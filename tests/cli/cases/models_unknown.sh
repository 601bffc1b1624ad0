axl models mirco
echo $?
axl models mirco --json
echo $?
axl models nothing-like-it
echo $?
axl models micro chat-pro
