# So little text that any machine goes over it too often.
mkdir -p data/more
head -c 900 /dev/zero >data/a
head -c 100 /dev/zero >data/more/b
axl suggest --quick --ram 1.5G --minutes 90 --threads 1 --data data
