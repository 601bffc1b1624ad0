mkdir -p data/more
head -c 3000000 /dev/zero >data/a
head -c 200000 /dev/zero >data/more/b
axl suggest --quick --ram 1.5G --minutes 90 --threads 1 --data data
