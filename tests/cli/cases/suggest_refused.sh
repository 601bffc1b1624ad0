axl suggest --quick --ram 16
echo $?
axl suggest --quick --data nowhere
echo $?
: >empty
axl suggest --quick --data empty
echo $?
for minutes in 0 0.0 -1 1e3 1.5.2 0x1 inf .5 ' 1' 100000001; do
    axl suggest --quick --minutes "$minutes"
    echo $?
done
axl suggest --quick --minutes 0.5 --json | grep '"minutes"'
axl suggest now
