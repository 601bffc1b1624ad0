axl help --man >axl.1 || exit
grep -c '^\.SS axl' axl.1
command -v groff >/dev/null || exit 0
groff -man -ww -z axl.1 && groff -man -Tascii axl.1 | grep -q 'too little memory'
