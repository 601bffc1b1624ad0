golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
mkdir folder
printf 'def f(x):\n    return x\n' >folder/f.py
printf 'import sys\n\n\ndef main():\n    sys.exit(0)\n' >folder/g.py
: >folder/none.py
echo secret >folder/.hidden
# xz that is always there and packs badly.
mkdir bin
printf '#!/bin/sh\nexec cat\n' >bin/xz
chmod +x bin/xz
PATH=$PWD/bin:$PATH
axl eval bpb model folder
echo $?
axl eval bpb model folder/g.py --limit 10 --strided --threads 1
axl eval bpb model folder --no-peers
printf '#!/bin/sh\nexit 1\n' >bin/xz
axl eval bpb model folder/f.py folder/f.py
