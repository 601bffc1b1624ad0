axl suggest --quick --ram 16
echo $?
axl suggest --quick --data nowhere
echo $?
: >empty
axl suggest --quick --data empty
echo $?
axl suggest now
