golden=$(dirname "$0")/../../golden
printf 'def f(x):\n    return x\n' >text
axl eval logits "$golden/full_groups" text --out logits
wc -c <logits
axl eval logits "$golden/full_groups" text --out again --threads 1 --json
cmp logits again
: >empty
axl eval logits "$golden/no_cross" empty -o one
wc -c <one
# Past the context of 8 bytes the window slides.
axl eval logits "$golden/batch_ignored" text -o long
wc -c <long
