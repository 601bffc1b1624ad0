# The port stands behind "=" only, so that what follows is text to train on.
axl train --dashboard=0 --out o a.py
echo $?
axl train --dashboard=65536 --out o a.py
echo $?
axl train --dashboard nothing.py --out o --steps 1 --quick
echo $?
axl help train | grep -A 1 dashboard
