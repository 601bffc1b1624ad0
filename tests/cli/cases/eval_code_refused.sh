golden=$(dirname "$0")/../../golden
ln -s "$golden/full_groups" model
mkdir data
axl eval humaneval model
echo $?
axl eval humaneval --data data
echo $?
axl eval humaneval model --reference --data data
echo $?
axl eval humaneval --reference --data data
echo $?
axl eval mbpp model --data data -n 3 --temperature 0
echo $?
axl eval mbpp model --data data --shots 4
echo $?
echo '[]' >data/mbpp.jsonl
axl eval mbpp --reference --data data
echo $?
axl eval infill model --data data --spans all
echo $?
axl eval line model
echo $?
axl eval line model data/mbpp.jsonl
echo $?
axl eval line model data/mbpp.jsonl --precision 1.5
echo $?
