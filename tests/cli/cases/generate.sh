golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
go="axl generate model --seed 5 --max-bytes 40"
$go --prompt 'def f' >one
wc -c <one
# One seed, one text: however the prompt comes, at any number of threads, without drafts.
printf 'def f' | $go >two && cmp one two
printf 'def f' >file && $go --file file --threads 1 >two && cmp one two
$go --file - --no-draft <file >two && cmp one two
$go --prompt 'def f' --temperature 0.8 --top-k 40 --top-p 0.9 --min-p 0 --repeat-penalty 1.1 \
    --repeat-last 64 --presence-penalty 0 --frequency-penalty 0 >two && cmp one two
axl generate model --seed 6 --max-bytes 40 --prompt 'def f' >two && cmp -s one two && echo "same"
# The most probable bytes need no seed.
axl generate model --prompt 'def f' --temperature 0 --max-bytes 30 >one
axl generate model --prompt 'def f' --temperature 0 --max-bytes 30 --seed 9 >two && cmp one two
# Any bytes, more than the context, and none at all.
printf 'a\0\377\300b' | $go --max-bytes 9 | wc -c
head -c 5000 /dev/zero | $go --max-bytes 9 | wc -c
$go --max-bytes 9 </dev/null | wc -c
$go --prompt 'def f' --max-bytes 0 | wc -c
# A stop string ends the text before it.
$go --prompt 'def f' --ignore-end >one
stop=$(head -c 12 one | tail -c 2 | od -An -tx1 | tr -d ' \n')
$go --prompt 'def f' --ignore-end --stop "$(head -c 12 one | tail -c 2)" >two
size=$(wc -c <two)
head -c "$size" one | cmp - two
[ "$size" -le 10 ] || echo "the stop string $stop came through"
$go --prompt 'def f' --echo --max-bytes 0
echo
$go --prompt 'def f' --n 3 --max-bytes 5 | grep -ac '^---$'
