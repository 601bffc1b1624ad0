echo text >text
axl train --data text --minutes 1
echo $?
axl train --out model --minutes 1
echo $?
axl train --data nowhere --out model --minutes 1
echo $?
axl train --data text --out model
echo $?
axl train --data text --out model --minutes 1 --set batchs=3
echo $?
axl train --data text --out model --minutes 1 --set batch=0
echo $?
axl train --data text --out model --minutes 1 --preset micro-lyon
echo $?
axl train --data text --out model --minutes 1 --max-ram 1M
echo $?
printf 'batch: 2\nbatch: 3\n' >bad.yaml
axl train --data text --out model --minutes 1 --config bad.yaml
echo $?
axl train --data text --out model --minutes 1 --resume
echo $?
ls
