golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
talk="axl chat model --seed 4 --max-bytes 12"
# The same conversation twice; a cleared one begins like the first.
printf 'hello\nand then\n' | $talk >one
printf 'hello\nand then' | $talk --threads 1 --no-draft >two && cmp one two
printf 'hello\n\n/clear\nhello\n' | $talk >two
printf 'hello\n' | $talk >three
cat three three | cmp - two
printf '/exit\nhello\n' | $talk | wc -c
$talk </dev/null | wc -c
printf 'hello\n' | $talk --system 'Be brief.' >two
[ -s two ] || echo "no answer"
# Nothing that a terminal would obey, and no prompt, in a pipe.
printf 'hello\n' | $talk | grep -c '> '
head -c 70000 /dev/zero | tr '\0' x | $talk
echo $?
printf 'hello\n' | axl chat model --stats --max-bytes 3 2>&1 >/dev/null | sed 's/prompt.*/PROMPT/; 2,3d'
axl chat
echo $?
